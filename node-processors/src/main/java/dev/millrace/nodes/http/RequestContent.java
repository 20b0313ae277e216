package dev.millrace.nodes.http;

import dev.millrace.http.HttpBody;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a request carries, before it is bytes: pagination may still change its fields. */
sealed interface RequestContent {
  /** The bytes, with the content type that goes with them. */
  HttpBody body(String boundary);

  /** What expressions see as {@code $request.body}; null for files. */
  @Nullable Object visible();

  /** A copy with a field set; the same where there are no fields. */
  RequestContent with(String name, @Nullable Object value);

  /** Any value, sent as JSON. */
  record JsonContent(@Nullable Object value) implements RequestContent {
    @Override
    public HttpBody body(String boundary) {
      return HttpBody.of("application/json", Json.text(value));
    }

    @Override
    public @Nullable Object visible() {
      return value;
    }

    @Override
    public RequestContent with(String name, @Nullable Object field) {
      Map<String, @Nullable Object> changed = new LinkedHashMap<>();
      if (value instanceof Map<?, ?> object) {
        object.forEach((key, member) -> changed.put(String.valueOf(key), member));
      }
      changed.put(name, field);
      return new JsonContent(changed);
    }
  }

  /** Fields of a form, URL-encoded. */
  record FormContent(Map<String, @Nullable Object> fields) implements RequestContent {
    static final String TYPE = "application/x-www-form-urlencoded";

    List<QueryText.Pair> pairs() {
      return QueryText.pairs(fields, QueryText.Lists.INDICES);
    }

    @Override
    public HttpBody body(String boundary) {
      return HttpBody.of(TYPE, QueryText.text(pairs()));
    }

    @Override
    public @Nullable Object visible() {
      return fields;
    }

    @Override
    public RequestContent with(String name, @Nullable Object value) {
      Map<String, @Nullable Object> changed = new LinkedHashMap<>(fields);
      changed.put(name, value);
      return new FormContent(changed);
    }
  }

  /** A field of a multipart form: a text, or a file. */
  record Part(String name, @Nullable Object text, @Nullable HttpBody file, String fileName) {
    static Part text(String name, @Nullable Object value) {
      return new Part(name, value, null, "");
    }

    private HttpBody head(String boundary) {
      StringBuilder head = new StringBuilder();
      head.append("--").append(boundary).append("\r\n");
      head.append("Content-Disposition: form-data; name=\"").append(quoted(name)).append('"');
      HttpBody content = file;
      if (content != null) {
        head.append("; filename=\"").append(quoted(fileName)).append("\"\r\n");
        head.append("Content-Type: ").append(content.contentType());
      }
      return HttpBody.of(null, head.append("\r\n\r\n").toString());
    }

    private static String quoted(String text) {
      return text.replace("\r", "%0D").replace("\n", "%0A").replace("\"", "%22");
    }

    private HttpBody content() {
      HttpBody content = file;
      return content != null
          ? content
          : HttpBody.of(
              null,
              text instanceof Map || text instanceof List
                  ? Json.text(text)
                  : Coercion.toText(text));
    }
  }

  /** A multipart form. */
  record MultipartContent(List<Part> parts) implements RequestContent {
    @Override
    public HttpBody body(String boundary) {
      List<HttpBody> all = new ArrayList<>();
      HttpBody lineEnd = HttpBody.of(null, "\r\n");
      for (Part part : parts) {
        all.add(part.head(boundary));
        all.add(part.content());
        all.add(lineEnd);
      }
      all.add(HttpBody.of(null, "--" + boundary + "--\r\n"));
      return HttpBody.joined("multipart/form-data; boundary=" + boundary, all);
    }

    @Override
    public @Nullable Object visible() {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      for (Part part : parts) {
        if (part.file() == null) {
          fields.put(part.name(), part.text());
        }
      }
      return fields;
    }

    @Override
    public RequestContent with(String name, @Nullable Object value) {
      List<Part> changed = new ArrayList<>();
      boolean found = false;
      for (Part part : parts) {
        boolean same = part.name().equals(name);
        changed.add(same ? Part.text(name, value) : part);
        found |= same;
      }
      if (!found) {
        changed.add(Part.text(name, value));
      }
      return new MultipartContent(List.copyOf(changed));
    }
  }

  /** Text or a file, sent as it is. */
  record RawContent(HttpBody body, @Nullable String text) implements RequestContent {
    @Override
    public HttpBody body(String boundary) {
      return body;
    }

    @Override
    public @Nullable Object visible() {
      return text;
    }

    @Override
    public RequestContent with(String name, @Nullable Object value) {
      return this;
    }
  }
}
