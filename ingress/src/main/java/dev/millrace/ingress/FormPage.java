package dev.millrace.ingress;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jsoup.Jsoup;
import org.jsoup.safety.Safelist;
import org.jspecify.annotations.Nullable;

/**
 * Pages with forms: plain HTML that works without scripts, with every text escaped, and with
 * headers that let nothing else run or be loaded. Pure functions.
 */
final class FormPage {
  private static final String STYLE =
      """
      :root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
      body{margin:0;padding:2rem 1rem;background:#f4f5f7;color:#1d2129}
      main{max-width:34rem;margin:0 auto;padding:2rem;background:#fff;border:1px solid #d5d9e0;
      border-radius:.5rem}
      h1{margin:0 0 .5rem;font-size:1.5rem}
      .about{margin:0 0 1.5rem;white-space:pre-line}
      .field{margin:0 0 1.25rem}
      fieldset{margin:0 0 1.25rem;padding:0;border:0}
      label,legend{display:block;margin:0 0 .25rem;padding:0;font-weight:600}
      .choice{font-weight:400}
      .choice input{margin-right:.5rem}
      .control{box-sizing:border-box;width:100%;padding:.5rem;border:1px solid #6b7280;
      border-radius:.25rem;font:inherit;background:inherit;color:inherit}
      .problem{margin:.25rem 0 0;color:#b00020}
      .problems{margin:0 0 1.5rem;padding:.75rem 1rem;border:2px solid #b00020;border-radius:.25rem}
      button{padding:.6rem 1.5rem;border:0;border-radius:.25rem;background:#1a56db;color:#fff;
      font:inherit;font-weight:600;cursor:pointer}
      :focus-visible{outline:3px solid #f59e0b;outline-offset:2px}
      @media (prefers-color-scheme:dark){body{background:#14171c;color:#e8eaee}
      main{background:#1d2129;border-color:#3b424e}.problem{color:#ff8a8a}}
      """;

  private static final String STYLE_SOURCE = "'sha256-" + sha256(STYLE) + "'";

  /** What a form's author may write between the fields: text, links, lists, tables, images. */
  private static final Safelist HTML =
      Safelist.relaxed()
          .addEnforcedAttribute("a", "rel", "noopener noreferrer")
          .removeProtocols("a", "href", "ftp");

  private FormPage() {}

  /**
   * The form.
   *
   * @param sent what to show in the fields
   * @param problems what was wrong with it, by the control's name
   * @param redirect where its sender is led afterwards, empty for nowhere
   */
  static HttpAnswer form(
      String title,
      String description,
      List<FormField> fields,
      FormSubmission sent,
      Map<String, String> problems,
      String redirect) {
    StringBuilder html = new StringBuilder(2048);
    String shown = title.isBlank() ? "Form" : title;
    begin(html, problems.isEmpty() ? shown : "Error: " + shown);
    html.append("<h1>").append(escaped(shown)).append("</h1>\n");
    if (!description.isBlank()) {
      html.append("<p class=\"about\">").append(escaped(description)).append("</p>\n");
    }
    if (!problems.isEmpty()) {
      html.append("<div class=\"problems\" role=\"alert\"><strong>Please correct:</strong><ul>\n");
      for (FormField field : fields) {
        String problem = problems.get(field.name());
        if (problem != null) {
          html.append("<li><a href=\"#").append(field.name()).append("\">");
          html.append(escaped(field.label())).append("</a>: ");
          html.append(escaped(problem)).append("</li>\n");
        }
      }
      html.append("</ul></div>\n");
    }
    // No action: it is sent to the page's own URL, with its signature.
    html.append("<form method=\"post\" enctype=\"multipart/form-data\">\n");
    for (FormField field : fields) {
      new Control(html, field, sent, problems.get(field.name())).append();
    }
    html.append("<button type=\"submit\">Submit</button>\n</form>\n");
    boolean images = fields.stream().anyMatch(field -> field.kind() == FormField.Kind.HTML);
    return page(problems.isEmpty() ? 200 : 422, html, images, redirect);
  }

  /** A page that says one thing. */
  static HttpAnswer message(int status, String title, String text) {
    StringBuilder html = new StringBuilder(1024);
    begin(html, title);
    html.append("<h1>").append(escaped(title)).append("</h1>\n");
    if (!text.isBlank()) {
      html.append("<p class=\"about\">").append(escaped(text)).append("</p>\n");
    }
    return page(status, html, false, "");
  }

  private static void begin(StringBuilder html, String title) {
    html.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<meta name=\"robots\" content=\"noindex\">\n");
    html.append("<title>").append(escaped(title)).append("</title>\n");
    html.append("<style>").append(STYLE).append("</style>\n</head>\n<body>\n<main>\n");
  }

  private static HttpAnswer page(int status, StringBuilder html, boolean images, String redirect) {
    html.append("</main>\n</body>\n</html>\n");
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(HttpAnswer.CONTENT_TYPE, "text/html; charset=utf-8");
    headers.put(
        "content-security-policy",
        "default-src 'none'; style-src "
            + STYLE_SOURCE
            + (images ? "; img-src https: data:" : "")
            // A browser asks for the target of a redirect after a form too.
            + "; form-action 'self'"
            + origin(redirect)
            + "; base-uri 'none'; frame-ancestors 'none'");
    // The URL is the right to send the form.
    headers.put("referrer-policy", "no-referrer");
    headers.put("cache-control", "no-store");
    headers.put("x-content-type-options", "nosniff");
    return new HttpAnswer(status, headers, html.toString().getBytes(StandardCharsets.UTF_8), false);
  }

  private static String origin(String redirect) {
    try {
      URI uri = URI.create(redirect);
      return isWeb(uri) ? " " + uri.getScheme() + "://" + uri.getRawAuthority() : "";
    } catch (IllegalArgumentException noUrl) {
      return "";
    }
  }

  /** Whether a page may lead there. */
  static boolean isWeb(URI uri) {
    String scheme = uri.getScheme();
    return ("https".equalsIgnoreCase(scheme) || "http".equalsIgnoreCase(scheme))
        && uri.getHost() != null;
  }

  /** One element of the form, being written. */
  private record Control(
      StringBuilder html, FormField field, FormSubmission sent, @Nullable String problem) {

    void append() {
      switch (field.kind()) {
        case HIDDEN ->
            html.append("<input type=\"hidden\"")
                .append(attribute("name", field.name()))
                .append(attribute("value", value()))
                .append(">\n");
        case HTML ->
            html.append("<div class=\"field\">")
                .append(Jsoup.clean(field.html(), HTML))
                .append("</div>\n");
        case CHECKBOX, RADIO -> choices();
        default -> labelled();
      }
    }

    private String value() {
      List<String> values = sent.of(field);
      return values.isEmpty() ? field.value() : values.getFirst();
    }

    private List<String> chosen() {
      List<String> values = sent.of(field);
      return !values.isEmpty()
          ? values
          : field.value().isEmpty() ? List.of() : List.of(field.value());
    }

    private void labelled() {
      html.append("<div class=\"field\">\n<label")
          .append(attribute("for", field.name()))
          .append(">")
          .append(escaped(field.label()))
          .append(field.required() ? " (required)" : "")
          .append("</label>\n");
      switch (field.kind()) {
        case TEXTAREA ->
            html.append("<textarea rows=\"5\"")
                .append(common())
                .append(">\n")
                .append(escaped(value()))
                .append("</textarea>\n");
        case DROPDOWN -> dropdown();
        default -> input();
      }
      problemText();
      html.append("</div>\n");
    }

    private void input() {
      String type =
          switch (field.kind()) {
            case DATE -> "date";
            case EMAIL -> "email";
            case FILE -> "file";
            case NUMBER -> "number";
            case PASSWORD -> "password";
            default -> "text";
          };
      html.append("<input").append(attribute("type", type)).append(common());
      switch (field.kind()) {
        case FILE -> {
          html.append(field.accept().isBlank() ? "" : attribute("accept", field.accept()));
          html.append(field.several() ? " multiple" : "");
        }
        // Never sent back to the page that it was typed into.
        case PASSWORD -> html.append(" autocomplete=\"off\"");
        case NUMBER -> html.append(" step=\"any\"").append(attribute("value", value()));
        default -> html.append(attribute("value", value()));
      }
      html.append(">\n");
    }

    private void dropdown() {
      html.append("<select")
          .append(common())
          .append(field.several() ? " multiple" : "")
          .append(">");
      if (!field.several()) {
        html.append("<option value=\"\">Choose an option</option>");
      }
      for (String option : field.options()) {
        html.append("<option")
            .append(attribute("value", option))
            .append(chosen().contains(option) ? " selected" : "")
            .append(">")
            .append(escaped(option))
            .append("</option>");
      }
      html.append("</select>\n");
    }

    private void choices() {
      boolean radio = field.kind() == FormField.Kind.RADIO;
      html.append("<fieldset")
          .append(attribute("id", field.name()))
          .append(described())
          .append("><legend>")
          .append(escaped(field.label()))
          .append(field.required() ? " (required)" : "")
          .append("</legend>\n");
      for (String option : field.options()) {
        html.append("<label class=\"choice\"><input")
            .append(attribute("type", radio ? "radio" : "checkbox"))
            .append(attribute("name", field.name()))
            .append(attribute("value", option))
            .append(chosen().contains(option) ? " checked" : "")
            .append(radio && field.required() ? " required" : "")
            .append(">")
            .append(escaped(option))
            .append("</label>\n");
      }
      problemText();
      html.append("</fieldset>\n");
    }

    private String common() {
      return attribute("id", field.name())
          + attribute("name", field.name())
          + " class=\"control\""
          + (field.placeholder().isEmpty() ? "" : attribute("placeholder", field.placeholder()))
          + (field.required() ? " required" : "")
          + described();
    }

    private String described() {
      return problem == null
          ? ""
          : " aria-invalid=\"true\"" + attribute("aria-describedby", field.name() + "-problem");
    }

    private void problemText() {
      if (problem != null) {
        html.append("<p class=\"problem\"")
            .append(attribute("id", field.name() + "-problem"))
            .append(">")
            .append(escaped(problem))
            .append("</p>\n");
      }
    }
  }

  private static String attribute(String name, String value) {
    return " " + name + "=\"" + escaped(value) + "\"";
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }

  private static String sha256(String text) {
    try {
      return Base64.getEncoder()
          .encodeToString(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException everyJreHasIt) {
      throw new IllegalStateException(everyJreHasIt);
    }
  }
}
