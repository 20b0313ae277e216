package dev.millrace.nodes.data;

import dev.millrace.node.NodeException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.nodes.Attribute;
import org.jsoup.nodes.CDataNode;
import org.jsoup.nodes.Comment;
import org.jsoup.nodes.DataNode;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.DocumentType;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.parser.Parser;
import org.jsoup.select.Evaluator;
import org.jsoup.select.QueryParser;
import org.jsoup.select.Selector;

/**
 * An HTML page as browsers read it, and searches in it by CSS selectors. Its elements are never
 * deeper than {@value #MAX_DEPTH}.
 */
final class HtmlDocument {
  private static final int MAX_DEPTH = 500;
  private static final int MAX_CHARACTERS = 32 * 1024 * 1024;
  private static final int MAX_SELECTOR = 10_000;

  /** {@code ~=} means a word to CSS, but a regular expression to the library. */
  private static final Pattern WORD_ATTRIBUTE =
      Pattern.compile("\\[\\s*([\\w-]+)\\s*~=\\s*[\"']?([\\w-]*)[\"']?\\s*]");

  private static final Pattern PREFIX_ATTRIBUTE =
      Pattern.compile("\\[\\s*([\\w-]+)\\s*\\|=\\s*[\"']?([\\w-]*)[\"']?\\s*]");

  /** The library's own pseudo selectors that run a regular expression, without a bound. */
  private static final Pattern UNBOUNDED = Pattern.compile("(?i):matches\\w*\\(|~=");

  private static final Pattern POSITION =
      Pattern.compile("(.*):(first|last|eq\\(\\s*(-?\\d{1,6})\\s*\\))\\s*", Pattern.DOTALL);

  private final Document document;

  private HtmlDocument(Document document) {
    this.document = document;
  }

  static HtmlDocument parse(String html) {
    if (html.length() > MAX_CHARACTERS) {
      throw new NodeException("The HTML is longer than " + MAX_CHARACTERS + " characters");
    }
    Parser parser = Parser.htmlParser().setMaxDepth(MAX_DEPTH);
    Document document = parser.parseInput(html.replace("\r\n", "\n").replace('\r', '\n'), "");
    moveTrailingSpace(document);
    return new HtmlDocument(document);
  }

  /** Browsers count the space after a body to the body. */
  private static void moveTrailingSpace(Document document) {
    Element body = document.body();
    while (body.nextSibling() instanceof TextNode space) {
      space.remove();
      body.appendChild(space);
    }
  }

  Element root() {
    return document;
  }

  Element body() {
    return document.body();
  }

  /** Whether the page begins by saying which kind of page it is. */
  boolean startsWithType() {
    return document.documentType() != null;
  }

  /**
   * The elements that a selector finds, in the order of the page.
   *
   * @throws NodeException when it is no selector
   */
  List<Element> select(String selector) {
    Matcher position = POSITION.matcher(selector);
    if (!position.matches() || position.group(1).contains(",")) {
      return selector.isBlank() ? List.of() : document.select(evaluator(selector));
    }
    List<Element> found =
        position.group(1).isBlank()
            ? document.getAllElements().stream().skip(1).toList()
            : document.select(evaluator(position.group(1)));
    int index =
        position.group(2).equals("first")
            ? 0
            : position.group(2).equals("last") ? -1 : Integer.parseInt(position.group(3));
    int at = index < 0 ? found.size() + index : index;
    return at < 0 || at >= found.size() ? List.of() : List.of(found.get(at));
  }

  /**
   * A selector in the library's form.
   *
   * @throws NodeException when it is no selector
   */
  static Evaluator evaluator(String selector) {
    String text = PREFIX_ATTRIBUTE.matcher(selector).replaceAll(":is([$1=$2],[$1^=$2-])");
    StringBuilder checked = new StringBuilder();
    Matcher words = WORD_ATTRIBUTE.matcher(text);
    String rest = words.replaceAll("");
    if (text.length() > MAX_SELECTOR || UNBOUNDED.matcher(rest).find()) {
      throw new NodeException("The CSS selector '" + shortened(selector) + "' is not supported");
    }
    words.reset();
    while (words.find()) {
      words.appendReplacement(
          checked,
          Matcher.quoteReplacement(
              "[" + words.group(1) + "~=(?:^|\\s)" + words.group(2) + "(?:\\s|$)]"));
    }
    words.appendTail(checked);
    try {
      return QueryParser.parse(checked.toString());
    } catch (Selector.SelectorParseException | IllegalArgumentException broken) {
      throw new NodeException("'" + shortened(selector) + "' is no valid CSS selector");
    }
  }

  private static String shortened(String selector) {
    return selector.length() <= 100 ? selector : selector.substring(0, 100) + "…";
  }

  /** The text of an element and those in it, without scripts and styles. */
  static String text(Element element) {
    StringBuilder text = new StringBuilder();
    element.traverse((node, depth) -> {
      if (node instanceof TextNode part) {
        text.append(part.getWholeText());
      }
    });
    return text.toString();
  }

  /** The HTML between an element's tags, by the rules by which browsers write it. */
  static String inner(Element element) {
    StringBuilder out = new StringBuilder();
    for (Node child : element.childNodes()) {
      write(child, out);
    }
    return out.toString();
  }

  private static void write(Node node, StringBuilder out) {
    switch (node) {
      case CDataNode cdata -> out.append(cdata.text());
      case TextNode text -> escape(text.getWholeText(), false, out);
      case DataNode data -> out.append(data.getWholeData());
      case Comment comment -> out.append("<!--").append(comment.getData()).append("-->");
      case DocumentType type -> out.append("<!DOCTYPE ").append(type.name()).append('>');
      case Element element -> {
        out.append('<').append(element.tagName());
        for (Attribute attribute : element.attributes()) {
          out.append(' ').append(attribute.getKey()).append("=\"");
          escape(attribute.getValue(), true, out);
          out.append('"');
        }
        out.append('>');
        if (!isVoid(element.normalName())) {
          for (Node child : element.childNodes()) {
            write(child, out);
          }
          out.append("</").append(element.tagName()).append('>');
        }
      }
      default -> out.append(node.outerHtml());
    }
  }

  private static boolean isVoid(String name) {
    return switch (name) {
      case "area",
          "base",
          "basefont",
          "bgsound",
          "br",
          "col",
          "embed",
          "frame",
          "hr",
          "img",
          "input",
          "keygen",
          "link",
          "meta",
          "param",
          "source",
          "track",
          "wbr" ->
          true;
      default -> false;
    };
  }

  private static void escape(String text, boolean attribute, StringBuilder out) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '\u00A0' -> out.append("&nbsp;");
        case '"' -> out.append(attribute ? "&quot;" : "\"");
        case '<' -> out.append(attribute ? "<" : "&lt;");
        case '>' -> out.append(attribute ? ">" : "&gt;");
        default -> out.append(c);
      }
    }
  }
}
