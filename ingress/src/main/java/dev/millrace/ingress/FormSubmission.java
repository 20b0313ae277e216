package dev.millrace.ingress;

import dev.millrace.avro.ItemRecord;
import dev.millrace.error.ErrorCode;
import dev.millrace.item.BinaryData;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was sent with a form. Nothing of it is believed: everything that the page asks of its user
 * is asked again.
 *
 * @param values texts by the control's name
 * @param files files by the control's name
 */
record FormSubmission(
    Map<String, List<String>> values, Map<String, List<MultipartBody.Part>> files) {

  static final FormSubmission NONE = new FormSubmission(Map.of(), Map.of());

  /**
   * @throws RequestRefused 422 when the body is no form
   */
  static FormSubmission read(byte[] body, ContentType type, int maxParts) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    Map<String, List<MultipartBody.Part>> files = new LinkedHashMap<>();
    switch (type.value()) {
      case "multipart/form-data" ->
          MultipartBody.parse(body, type, maxParts)
              .forEach((name, parts) -> {
                for (MultipartBody.Part part : parts) {
                  if (!part.isFile()) {
                    values.computeIfAbsent(name, n -> new ArrayList<>()).add(part.text());
                  } else if (part.content().length > 0 || !"".equals(part.fileName())) {
                    files.computeIfAbsent(name, n -> new ArrayList<>()).add(part);
                  }
                }
              });
      case "application/x-www-form-urlencoded" ->
          FormFields.parse(new String(body, type.charset()), FormFields.Names.PLAIN)
              .forEach((name, value) -> {
                List<?> all = value instanceof List<?> several ? several : List.of(text(value));
                values.put(name, all.stream().map(FormSubmission::text).toList());
              });
      default -> {
        if (body.length > 0) {
          throw new RequestRefused(
              422, ErrorCode.UNSUPPORTED_BODY, "The body is not that of a form");
        }
      }
    }
    return new FormSubmission(values, files);
  }

  private static String text(@Nullable Object value) {
    return Coercion.toText(value);
  }

  List<String> of(FormField field) {
    return values.getOrDefault(field.name(), List.of()).stream()
        .filter(value -> !value.isEmpty())
        .toList();
  }

  private List<MultipartBody.Part> filesOf(FormField field) {
    return files.getOrDefault(field.name(), List.of());
  }

  /** What is wrong, by the control's name; empty when it can be taken. */
  Map<String, String> problems(List<FormField> fields) {
    Map<String, String> problems = new LinkedHashMap<>();
    for (FormField field : fields) {
      String problem = field.kind() == FormField.Kind.FILE ? fileProblem(field) : problem(field);
      if (problem != null) {
        problems.put(field.name(), problem);
      }
    }
    return problems;
  }

  private @Nullable String problem(FormField field) {
    List<String> sent = of(field);
    if (sent.isEmpty()) {
      if (field.required()) {
        return field.chooses() ? "Choose an option." : "Fill in this field.";
      }
      return field.least() > 0 ? choose(field) : null;
    }
    if (!field.several() && sent.size() > 1) {
      return "Only one value can be sent.";
    }
    if (field.chooses()) {
      if (!field.options().containsAll(sent)) {
        return "Choose from the options that are shown.";
      }
      return sent.size() < field.least() || sent.size() > field.most() ? choose(field) : null;
    }
    String value = sent.getFirst();
    return switch (field.kind()) {
      case NUMBER -> Double.isFinite(Coercion.toNumber(value)) ? null : "Enter a number.";
      case EMAIL -> isEmail(value) ? null : "Enter an e-mail address, such as name@example.com.";
      case DATE -> isDate(value) ? null : "Enter a date, such as 2026-01-31.";
      default -> null;
    };
  }

  private static String choose(FormField field) {
    if (field.least() == field.most()) {
      return "Choose exactly " + field.least() + ".";
    }
    return field.most() == Integer.MAX_VALUE
        ? "Choose at least " + field.least() + "."
        : "Choose " + field.least() + " to " + field.most() + ".";
  }

  private @Nullable String fileProblem(FormField field) {
    List<MultipartBody.Part> sent = filesOf(field);
    if (sent.isEmpty()) {
      return field.required() ? "Choose a file." : null;
    }
    if (!field.several() && sent.size() > 1) {
      return "Only one file can be sent.";
    }
    return field.accept().isBlank() || sent.stream().allMatch(part -> accepted(field, part))
        ? null
        : "Files of this type are not accepted: " + field.accept();
  }

  private static boolean accepted(FormField field, MultipartBody.Part part) {
    String name = String.valueOf(part.fileName()).toLowerCase(Locale.ROOT);
    String type = part.type().value();
    for (String pattern : field.accept().toLowerCase(Locale.ROOT).split(",", -1)) {
      String wanted = pattern.strip();
      boolean fits =
          wanted.startsWith(".")
              ? name.endsWith(wanted)
              : wanted.endsWith("/*")
                  ? type.startsWith(wanted.substring(0, wanted.length() - 1))
                  : type.equals(wanted);
      if (fits && !wanted.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private static boolean isEmail(String value) {
    int at = value.indexOf('@');
    return at > 0
        && at == value.lastIndexOf('@')
        && at < value.length() - 1
        && value.chars().noneMatch(Character::isWhitespace);
  }

  private static boolean isDate(String value) {
    try {
      LocalDate.parse(value);
      return true;
    } catch (DateTimeException noDate) {
      return false;
    }
  }

  /** The item: each value under its field's label, then when it was sent, and the files. */
  ItemRecord item(List<FormField> fields, Instant at) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    Map<String, BinaryData> binary = new LinkedHashMap<>();
    for (FormField field : fields) {
      switch (field.kind()) {
        case HTML -> {
          if (!field.label().isEmpty()) {
            json.put(field.label(), field.html());
          }
        }
        case FILE -> json.put(field.label(), described(field, binary));
        default -> json.put(field.label(), value(field));
      }
    }
    json.put("submittedAt", at);
    json.put("formMode", "production");
    ByteBuffer extra = null;
    if (!binary.isEmpty()) {
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      binary.forEach((name, file) -> all.put(name, file.toJson()));
      extra = ByteBuffer.wrap(Json.write(Map.of("binary", all)));
    }
    return new ItemRecord(ByteBuffer.wrap(Json.write(json)), -1, extra);
  }

  private @Nullable Object value(FormField field) {
    List<String> sent = of(field);
    return switch (field.kind()) {
      // The node's own value is not the sender's to change.
      case HIDDEN ->
          !field.value().isEmpty() ? field.value() : sent.isEmpty() ? "" : sent.getFirst();
      case CHECKBOX -> sent;
      case NUMBER -> sent.isEmpty() ? null : (Object) Coercion.toNumber(sent.getFirst());
      case DATE, DROPDOWN, RADIO ->
          field.several() ? sent : sent.isEmpty() ? null : sent.getFirst();
      default -> sent.isEmpty() ? "" : sent.getFirst();
    };
  }

  /** What the item says of a field's files, which are added to the binary data. */
  private @Nullable Object described(FormField field, Map<String, BinaryData> binary) {
    List<@Nullable Object> described = new ArrayList<>();
    String property = field.label().replaceAll("\\W", "_");
    List<MultipartBody.Part> parts = filesOf(field);
    for (int i = 0; i < parts.size(); i++) {
      MultipartBody.Part part = parts.get(i);
      String type =
          part.type().value().isEmpty() ? "application/octet-stream" : part.type().value();
      binary.put(
          field.several() ? property + "_" + i : property,
          Files.of(part.content(), type, part.fileName()));
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("filename", part.fileName());
      one.put("mimetype", type);
      one.put("size", (double) part.content().length);
      described.add(one);
    }
    return field.several() ? described : described.isEmpty() ? null : described.getFirst();
  }
}
