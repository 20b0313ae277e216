package dev.millrace.control.vault;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Puts secrets of stores outside in place of {@code {{ $secrets.STORE.NAME }}} in the fields of
 * credentials. Nothing else knows that variable, so no workflow can read one. Thread-safe; blocks.
 */
public final class Secrets {
  private static final Pattern BLOCK = Pattern.compile("\\{\\{(.*?)}}", Pattern.DOTALL);
  private static final String PART = "(?:\\.[A-Za-z_$][\\w$-]*|\\[\\s*(?:'[^']+'|\"[^\"]+\")\\s*])";
  private static final Pattern REFERENCE = Pattern.compile("\\s*\\$secrets(" + PART + "{2,})\\s*");
  private static final Pattern EACH_PART =
      Pattern.compile("\\.([A-Za-z_$][\\w$-]*)|\\[\\s*['\"]([^'\"]+)['\"]\\s*]");
  private static final String VARIABLE = "$secrets";

  private final Map<String, Store> stores;

  /**
   * A store and who may use it.
   *
   * @param name in {@code $secrets.NAME}
   * @param projects whose credentials may name it; empty for those of all
   */
  public record Store(String name, SecretSource source, Optional<Set<String>> projects) {
    boolean serves(String project) {
      return projects.isEmpty() || projects.get().contains(project);
    }
  }

  public Secrets(List<Store> stores) {
    this.stores = stores.stream().collect(Collectors.toUnmodifiableMap(Store::name, s -> s));
  }

  /** No stores: a credential that names one cannot be used. */
  public static Secrets none() {
    return new Secrets(List.of());
  }

  /**
   * Whether a text is nothing but a reference to a secret, so that it may be shown.
   *
   * @param text of a field
   */
  public static boolean isReference(String text) {
    if (!text.startsWith("=")) {
      return false;
    }
    Matcher block = BLOCK.matcher(text);
    return block.find()
        && block.start() == 1
        && block.end() == text.length()
        && REFERENCE.matcher(block.group(1)).matches();
  }

  /**
   * The fields of a credential with their secrets in place. Texts that do not name {@code $secrets}
   * stay as they are, expressions included.
   *
   * @param project that the credential belongs to
   * @throws MillraceException {@code SECRET_UNRESOLVED} when there is no such secret or store, the
   *     store cannot be asked or serves other projects, or an expression does more with it than
   *     name it
   */
  public Map<String, @Nullable Object> resolve(
      String project, Map<String, @Nullable Object> fields) {
    Map<String, @Nullable Object> resolved = new LinkedHashMap<>();
    fields.forEach((name, value) -> resolved.put(name, value(project, name, value)));
    return resolved;
  }

  private @Nullable Object value(String project, String field, @Nullable Object value) {
    return switch (value) {
      case String text when text.startsWith("=") && text.contains(VARIABLE) ->
          text(project, field, text.substring(1));
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> inner = new LinkedHashMap<>();
        map.forEach((name, each) -> inner.put(String.valueOf(name), value(project, field, each)));
        yield inner;
      }
      case List<?> list -> {
        List<@Nullable Object> inner = new ArrayList<>();
        list.forEach(each -> inner.add(value(project, field, each)));
        yield inner;
      }
      case null, default -> value;
    };
  }

  private String text(String project, String field, String template) {
    StringBuilder text = new StringBuilder();
    Matcher block = BLOCK.matcher(template);
    int end = 0;
    while (block.find()) {
      Matcher reference = REFERENCE.matcher(block.group(1));
      if (!reference.matches()) {
        // A secret next to code would have to be given to the code; and what comes out of it could
        // be read as an expression once more.
        throw unresolved(
            "The field " + field + " does more than name $secrets.STORE.NAME in each {{ }}");
      }
      text.append(template, end, block.start()).append(secret(project, reference.group(1)));
      end = block.end();
    }
    return text.append(template.substring(end)).toString();
  }

  private String secret(String project, String path) {
    List<String> parts = new ArrayList<>();
    Matcher part = EACH_PART.matcher(path);
    while (part.find()) {
      parts.add(part.group(1) != null ? part.group(1) : part.group(2));
    }
    Store store = stores.get(parts.getFirst());
    if (store == null || !store.serves(project)) {
      throw unresolved("There is no store of secrets named " + parts.getFirst());
    }
    String name = String.join(".", parts.subList(1, parts.size()));
    try (Secret secret =
        store
            .source()
            .read(name)
            .orElseThrow(
                () -> unresolved("There is no secret " + name + " in the store " + store.name()))) {
      return secret.reveal();
    }
  }

  private static MillraceException unresolved(String message) {
    return new MillraceException(ErrorCode.SECRET_UNRESOLVED, message);
  }
}
