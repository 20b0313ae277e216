package dev.millrace.ingress;

import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One element of a form.
 *
 * @param name of its control in the page; labels may repeat or hold anything
 * @param label what it is called, and the key of its value in the item
 * @param value default value, or the value of a hidden field
 * @param options what can be chosen
 * @param least fewest choices of a field of checkboxes
 * @param most most choices of a field with several
 * @param accept file types as in the HTML attribute
 */
record FormField(
    String name,
    Kind kind,
    String label,
    String placeholder,
    String value,
    List<String> options,
    int least,
    int most,
    String html,
    boolean several,
    String accept,
    boolean required) {

  /** The kinds of elements. */
  enum Kind {
    CHECKBOX,
    DATE,
    DROPDOWN,
    EMAIL,
    FILE,
    HIDDEN,
    HTML,
    NUMBER,
    PASSWORD,
    RADIO,
    TEXT,
    TEXTAREA;

    private static Kind of(String fieldType) {
      return switch (fieldType) {
        case "checkbox" -> CHECKBOX;
        case "date" -> DATE;
        case "dropdown" -> DROPDOWN;
        case "email" -> EMAIL;
        case "file" -> FILE;
        case "hiddenField" -> HIDDEN;
        case "html" -> HTML;
        case "number" -> NUMBER;
        case "password" -> PASSWORD;
        case "radio" -> RADIO;
        case "textarea" -> TEXTAREA;
        default -> TEXT;
      };
    }
  }

  /** The elements that a node's evaluated {@code formFields} describe, in order. */
  static List<FormField> all(@Nullable Object formFields) {
    List<FormField> fields = new ArrayList<>();
    if (formFields instanceof Map<?, ?> group && group.get("values") instanceof List<?> values) {
      for (Object value : values) {
        if (value instanceof Map<?, ?> field) {
          fields.add(of("field-" + fields.size(), field));
        }
      }
    }
    return List.copyOf(fields);
  }

  private static FormField of(String name, Map<?, ?> field) {
    Kind kind = Kind.of(text(field, "fieldType"));
    List<String> options = new ArrayList<>();
    if (field.get("fieldOptions") instanceof Map<?, ?> group
        && group.get("values") instanceof List<?> values) {
      for (Object option : values) {
        if (option instanceof Map<?, ?> one) {
          options.add(text(one, "option"));
        }
      }
    }
    boolean exact = text(field, "limitSelection").equals("exact");
    boolean range = text(field, "limitSelection").equals("range");
    return new FormField(
        name,
        kind,
        switch (kind) {
          case HIDDEN -> text(field, "fieldName");
          case HTML -> text(field, "elementName");
          default -> text(field, "fieldLabel");
        },
        text(field, "placeholder"),
        text(field, kind == Kind.HIDDEN ? "fieldValue" : "defaultValue"),
        List.copyOf(options),
        exact
            ? number(field, "numberOfSelections", 1)
            : range ? number(field, "minSelections", 0) : 0,
        exact
            ? number(field, "numberOfSelections", 1)
            : range ? number(field, "maxSelections", 1) : Integer.MAX_VALUE,
        text(field, "html"),
        switch (kind) {
          case CHECKBOX -> true;
          case DROPDOWN -> Coercion.toBoolean(field.get("multiselect"));
          // Where it is not said, as the editor has it.
          case FILE ->
              !field.containsKey("multipleFiles") || Coercion.toBoolean(field.get("multipleFiles"));
          default -> false;
        },
        text(field, "acceptFileTypes"),
        kind != Kind.HTML && kind != Kind.HIDDEN && Coercion.toBoolean(field.get("requiredField")));
  }

  private static String text(Map<?, ?> field, String key) {
    Object value = field.get(key);
    return Undefined.orNull(value) ? "" : Coercion.toText(value);
  }

  private static int number(Map<?, ?> field, String key, int otherwise) {
    Object value = field.get(key);
    return value instanceof Double number ? number.intValue() : otherwise;
  }

  /** Whether it is a choice of listed options. */
  boolean chooses() {
    return kind == Kind.CHECKBOX || kind == Kind.DROPDOWN || kind == Kind.RADIO;
  }
}
