package dev.millrace.nodes.data;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import dev.millrace.nodes.UserRegex;
import dev.millrace.parameter.JavaScriptRegex;
import dev.millrace.value.Coercion;
import dev.millrace.value.PropertyPath;
import dev.millrace.value.Undefined;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Turns HTML into Markdown and Markdown into HTML. The latter by Showdown, in the sandbox and under
 * the limits of user code: its dialect and its options are those of the node.
 */
public final class Markdown implements TransformNode {
  private static final String TO_HTML = "markdownToHtml";
  private static final String TO_MARKDOWN = "htmlToMarkdown";
  private static final int MAX_MARKDOWN = 4 * 1024 * 1024;

  /** A pattern between slashes is a regular expression, any other a text as it stands. */
  private static final Pattern LITERAL = Pattern.compile("/.+/([gimusy]*)", Pattern.DOTALL);

  private static final HtmlToMarkdown.Replacement ESCAPE =
      regex(JavaScriptRegex.of("[\\\\`*_~\\[\\]]", ""), "\\$&");
  private static final HtmlToMarkdown.Replacement LINE_START_ESCAPE =
      regex(
          JavaScriptRegex.of("^(\\s*?)(\\+\\s|[=>-]|#{1,6}\\s)|(\\d+)(\\.\\s)", "m"), "$1$3\\$2$4");

  private static final String CONVERTER =
      "const library = {};\n(function () {\n"
          + showdown()
          + "\n}).call(library);\n"
          + """
          const converter = new library.showdown.Converter();
          const { markdown, options } = items[0].json;
          for (const name of Object.keys(options)) converter.setOption(name, options[name]);
          return [{ json: { html: converter.makeHtml(markdown) } }];
          """;

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.markdown")
          .named("Markdown", "Converts between Markdown and HTML.")
          .group("output")
          .properties(properties())
          .build();

  private final ExpressionEngine engine;

  public Markdown(NodeServices services) {
    this.engine = services.expressions();
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    return EachItem.run(
        call,
        (item, i) -> {
          String mode = call.string("mode", i, TO_MARKDOWN);
          String converted =
              switch (mode) {
                case TO_MARKDOWN ->
                    HtmlToMarkdown.convert(call.string("html", i, ""), style(call, i));
                case TO_HTML -> html(call, i);
                default -> throw new NodeException("There is no mode '" + mode + "'");
              };
          Map<String, @Nullable Object> json = new LinkedHashMap<>(item.json());
          PropertyPath.set(json, call.string("destinationKey", i, "data"), converted);
          return List.of(item.withJson(json));
        });
  }

  private String html(NodeCall call, int i) {
    String markdown = call.string("markdown", i, "");
    if (markdown.isEmpty()) {
      return "";
    }
    if (markdown.length() > MAX_MARKDOWN) {
      throw new NodeException("The Markdown is longer than " + MAX_MARKDOWN + " characters");
    }
    Map<String, @Nullable Object> options = new LinkedHashMap<>(call.object("options", i));
    options.values().removeIf(Undefined::orNull);
    Item input = Item.of(Map.of("markdown", markdown, "options", options));
    Object returned = engine.runCode(CONVERTER, call.scope(i), false, List.of(input)).returned();
    if (returned instanceof List<?> list
        && list.getFirst() instanceof Map<?, ?> answer
        && answer.get("json") instanceof Map<?, ?> json
        && json.get("html") instanceof String html) {
      return html;
    }
    throw new IllegalStateException("Showdown answered without HTML");
  }

  private static HtmlToMarkdown.Style style(NodeCall call, int i) {
    List<HtmlToMarkdown.Replacement> replacements = new ArrayList<>();
    for (Object row : call.list("options.textReplace.values", i)) {
      HtmlToMarkdown.Replacement replacement = replacement(row);
      if (replacement != null) {
        replacements.add(replacement);
      }
    }
    return new HtmlToMarkdown.Style(
        call.string("options.bulletMarker", i, "*"),
        call.string("options.codeFence", i, "```"),
        !call.string("options.codeBlockStyle", i, "fence").equals("indented"),
        call.string("options.emDelimiter", i, "_"),
        call.string("options.strongDelimiter", i, "**"),
        names(call.string("options.ignore", i, "")),
        names(call.string("options.blockElements", i, "")),
        call.bool("options.keepDataImages", i, false),
        call.bool("options.useLinkReferenceDefinitions", i, false),
        (int) Math.clamp(call.number("options.maxConsecutiveNewlines", i, 3), 0, 10_000),
        escape(call, i, "globalEscape", ESCAPE),
        escape(call, i, "lineStartEscape", LINE_START_ESCAPE),
        replacements);
  }

  private static HtmlToMarkdown.Replacement escape(
      NodeCall call, int i, String option, HtmlToMarkdown.Replacement otherwise) {
    HtmlToMarkdown.Replacement given =
        replacement(call.parameter("options." + option + ".value", i));
    return given == null ? otherwise : given;
  }

  private static HtmlToMarkdown.@Nullable Replacement replacement(@Nullable Object row) {
    if (!(row instanceof Map<?, ?> map) || text(map, "pattern").isEmpty()) {
      return null;
    }
    String pattern = text(map, "pattern");
    String replacement = text(map, "replacement");
    Matcher literal = LITERAL.matcher(pattern);
    return literal.matches()
        ? new HtmlToMarkdown.Replacement(
            new UserRegex(JavaScriptRegex.of(pattern), replacement),
            literal.group(1).indexOf('g') >= 0)
        : new HtmlToMarkdown.Replacement(UserRegex.literal(pattern, replacement), false);
  }

  private static HtmlToMarkdown.Replacement regex(JavaScriptRegex search, String replacement) {
    return new HtmlToMarkdown.Replacement(new UserRegex(search, replacement), true);
  }

  private static String text(Map<?, ?> row, String key) {
    Object value = row.get(key);
    return Undefined.orNull(value) ? "" : Coercion.toText(value);
  }

  private static Set<String> names(String list) {
    return Arrays.stream(list.split(",", -1))
        .map(name -> name.strip().toLowerCase(Locale.ROOT))
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * The library without its use of what the last match left behind in {@code RegExp}, which the
   * sandbox does not have: it would show one user's data to the next.
   */
  private static String showdown() {
    String path = "/META-INF/resources/webjars/showdown/2.1.0/dist/showdown.min.js";
    try (InputStream in = Markdown.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException(path + " is not on the class path");
      }
      String text =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .replace("var o=RegExp.$1,", "var o=/¨C(\\d+)C/.exec(n)[1],")
              .replace(
                  "var d=RegExp.$1,p=RegExp.$2;", "var h=/¨(K|G)(\\d+)\\1/.exec(c),d=h[1],p=h[2];");
      if (text.contains("RegExp.$")) {
        throw new IllegalStateException(path + " is not the version that this node knows");
      }
      return text;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static List<Property> properties() {
    return List.of(
        Property.options(
            "mode",
            "Mode",
            TO_MARKDOWN,
            Property.option("Markdown to HTML", TO_HTML),
            Property.option("HTML to Markdown", TO_MARKDOWN)),
        Property.string("html", "HTML", "").asRequired().showWhen("mode", TO_MARKDOWN),
        Property.string("markdown", "Markdown", "").asRequired().showWhen("mode", TO_HTML),
        Property.string("destinationKey", "Destination Key", "data")
            .asRequired()
            .showWhen("mode", TO_HTML, TO_MARKDOWN),
        Property.collection(
                "options",
                "Options",
                Property.string("bulletMarker", "Bullet Marker", "*"),
                Property.string("codeFence", "Code Block Fence", "```"),
                Property.string("emDelimiter", "Emphasis Delimiter", "_"),
                pattern("globalEscape", "Global Escape Pattern", "value", false),
                Property.string("ignore", "Ignored Elements", ""),
                Property.bool("keepDataImages", "Keep Images With Data", false),
                pattern("lineStartEscape", "Line Start Escape Pattern", "value", false),
                Property.number("maxConsecutiveNewlines", "Max Consecutive New Lines", 3),
                Property.bool("useLinkReferenceDefinitions", "Place URLs At The Bottom", false),
                Property.string("strongDelimiter", "Strong Delimiter", "**"),
                Property.options(
                    "codeBlockStyle",
                    "Style For Code Block",
                    "fence",
                    Property.option("Fence", "fence"),
                    Property.option("Indented", "indented")),
                pattern("textReplace", "Text Replacement Pattern", "values", true)
                    .withDefault(List.of()),
                Property.string("blockElements", "Treat As Blocks", ""))
            .showWhen("mode", TO_MARKDOWN),
        Property.collection("options", "Options", showdownOptions()).showWhen("mode", TO_HTML));
  }

  private static Property pattern(String name, String label, String group, boolean several) {
    return Property.fixedCollection(
            name,
            label,
            Property.group(
                group,
                "Pattern",
                Property.string("pattern", "Pattern", ""),
                Property.string("replacement", "Replacement", "")))
        .withTypeOption("multipleValues", several);
  }

  private static Property[] showdownOptions() {
    return new Property[] {
      Property.bool("openLinksInNewWindow", "Add Blank To Links", false),
      Property.bool("simplifiedAutoLink", "Automatic Linking to URLs", false),
      Property.bool("backslashEscapesHTMLTags", "Backslash Escapes HTML Tags", false),
      Property.bool("completeHTMLDocument", "Complete HTML Document", false),
      Property.bool("customizedHeaderId", "Customized Header ID", false),
      Property.bool("emoji", "Emoji Support", false),
      Property.bool("encodeEmails", "Encode Emails", true),
      Property.bool("excludeTrailingPunctuationFromURLs", "Exclude Punctuation From URLs", false),
      Property.bool("ghCodeBlocks", "GitHub Code Blocks", true),
      Property.bool("ghCompatibleHeaderId", "GitHub Compatible Header IDs", false),
      Property.string("ghMentionsLink", "GitHub Mention Link", "https://github.com/{u}"),
      Property.bool("ghMentions", "GitHub Mentions", false),
      Property.bool("tasklists", "GitHub Task Lists", false),
      Property.number("headerLevelStart", "Header Level Start", 1),
      Property.bool("requireSpaceBeforeHeadingText", "Mandatory Space Before Header", false),
      Property.bool("literalMidWordAsterisks", "Middle Word Asterisks", false),
      Property.bool("literalMidWordUnderscores", "Middle Word Underscores", false),
      Property.bool("noHeaderId", "No Header ID", false),
      Property.bool("parseImgDimensions", "Parse Image Dimensions", false),
      Property.string("prefixHeaderId", "Prefix Header ID", "section"),
      Property.bool("rawHeaderId", "Raw Header ID", false),
      Property.bool("rawPrefixHeaderId", "Raw Prefix Header ID", false),
      Property.bool("simpleLineBreaks", "Simple Line Breaks", false),
      Property.bool("smartIndentationFix", "Smart Indentation Fix", false),
      Property.bool("disableForced4SpacesIndentedSublists", "Spaces Indented Sublists", false),
      Property.bool("splitAdjacentBlockquotes", "Split Adjacent Blockquotes", false),
      Property.bool("strikethrough", "Strikethrough", false),
      Property.bool("tablesHeaderId", "Tables Header ID", false),
      Property.bool("tables", "Tables Support", false)
    };
  }
}
