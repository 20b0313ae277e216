package dev.millrace.nodes.data;

import dev.millrace.nodes.UserRegex;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jsoup.nodes.DataNode;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jspecify.annotations.Nullable;

/** Writes one page of HTML as Markdown. Elements that Markdown has no sign for give their text. */
final class HtmlToMarkdown {
  /**
   * How to write it.
   *
   * @param ignored elements that are left out with all that is in them; those that make blocks of
   *     themselves cannot be
   * @param blocks further elements that stand in paragraphs of their own
   * @param linksAtEnd whether links have numbers, and their addresses follow at the end
   * @param maxNewLines how many line breaks may follow each other, 0 for any number
   * @param escape what is replaced in every text, so that it does not become a sign
   * @param lineStartEscape the same for signs at the start of a line
   * @param textReplace what is replaced afterwards
   */
  record Style(
      String bullet,
      String fence,
      boolean fenced,
      String emphasis,
      String strong,
      Set<String> ignored,
      Set<String> blocks,
      boolean keepDataImages,
      boolean linksAtEnd,
      int maxNewLines,
      Replacement escape,
      Replacement lineStartEscape,
      List<Replacement> textReplace) {}

  /** A replacement of the first match, or of all. */
  record Replacement(UserRegex regex, boolean all) {
    String in(String text) {
      return all ? regex.replaceAll(text) : regex.replaceFirst(text);
    }
  }

  /** Which elements have a sign where. */
  private enum Place {
    PAGE,
    CODE_BLOCK,
    LINK,
    TABLE,
    ROW,
    CELL
  }

  private static final class OrderedList {
    int number;
  }

  private static final class Table {
    @Nullable String caption;
  }

  /**
   * @param indent of the list around, -1 outside of lists
   * @param ordered the list around when its items are numbered
   */
  private record Context(
      Place place,
      boolean verbatim,
      boolean unescaped,
      int indent,
      @Nullable OrderedList ordered,
      @Nullable Table table) {
    Context in(Place newPlace) {
      return new Context(newPlace, verbatim, unescaped, indent, ordered, table);
    }

    Context asCode() {
      return new Context(place, verbatim, true, indent, ordered, table);
    }

    Context asPreformatted() {
      return new Context(place, true, true, indent, ordered, table);
    }

    Context inList(boolean numbered) {
      OrderedList list = numbered ? new OrderedList() : null;
      return new Context(place, verbatim, unescaped, indent + 1, list, table);
    }

    Context inTable(Table newTable) {
      return new Context(Place.TABLE, verbatim, unescaped, indent, ordered, newTable);
    }
  }

  private static final Set<String> BLOCKS =
      Set.of(
          ("address article aside audio blockquote body canvas center dd dir div dl dt fieldset"
                  + " figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html"
                  + " isindex li main menu nav noframes noscript ol output p pre section table tbody"
                  + " td tfoot th thead tr ul")
              .split(" "));

  private static final Set<String> IGNORED =
      Set.of(
          ("area base col command embed head input keygen link meta param script source style track"
                  + " wbr")
              .split(" "));

  /** Written even when there is nothing in them. */
  private static final Set<String> KEPT_EMPTY =
      Set.of(
          "br", "hr", "img", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "ul", "li", "code", "table",
          "a");

  /** Those that every page has, written or not; only written ones make blocks. */
  private static final Pattern TAGS = Pattern.compile("(?i)<(html|body)[\\s>]");

  private static final Pattern SPACES = Pattern.compile("[\\s\\u00A0\\uFEFF]+");
  private static final Pattern LINE_BREAKS = Pattern.compile("\\n+");
  private static final Pattern BACKTICKS = Pattern.compile("`+");
  private static final Pattern LANGUAGE = Pattern.compile("language-(\\S+)");
  private static final Pattern BLANKS_AT_LINE_END = Pattern.compile("(?m)(\\S)[ \\t\\f]+$");
  private static final Pattern CELL_END = Pattern.compile(" \\|\\s*$");

  private final Style style;
  private final StringBuilder out = new StringBuilder();
  private final List<String> addresses = new ArrayList<>();

  private HtmlToMarkdown(Style style) {
    this.style = style;
  }

  static String convert(String html, Style style) {
    HtmlToMarkdown writer = new HtmlToMarkdown(style);
    HtmlDocument page = HtmlDocument.parse(html);
    Context context = new Context(Place.PAGE, false, false, -1, null, null);
    if (page.startsWithType()) {
      // What stands before a page keeps its first paragraph apart.
      writer.out.append(' ');
    }
    writer.children(TAGS.matcher(html).find() ? page.root() : page.body(), context);
    return writer.finished();
  }

  private String finished() {
    if (style.linksAtEnd()) {
      if (!out.isEmpty() && out.charAt(out.length() - 1) != '\n') {
        out.append('\n');
      }
      for (int i = 0; i < addresses.size(); i++) {
        out.append("\n[").append(i + 1).append("]: ").append(addresses.get(i));
      }
    }
    String text = style.maxNewLines() > 0 ? fewerNewLines(out) : out.toString();
    return withoutOuterNewLines(text);
  }

  /** Keeps the last line breaks of each run of white space that has too many. */
  private String fewerNewLines(CharSequence text) {
    StringBuilder kept = new StringBuilder(text.length());
    int i = 0;
    while (i < text.length()) {
      if (text.charAt(i) != '\n') {
        kept.append(text.charAt(i++));
        continue;
      }
      List<Integer> breaks = new ArrayList<>();
      int end = i;
      while (end < text.length() && isSpace(text.charAt(end))) {
        if (text.charAt(end) == '\n') {
          breaks.add(end);
        }
        end++;
      }
      int from =
          breaks.size() > style.maxNewLines() ? breaks.get(breaks.size() - style.maxNewLines()) : i;
      kept.append(text, from, end);
      i = end;
    }
    return kept.toString();
  }

  private void children(Element element, Context context) {
    for (Node child : element.childNodes()) {
      if (child instanceof Element inner) {
        if (matters(inner)) {
          element(inner, context);
        }
      } else if (child instanceof TextNode || child instanceof DataNode) {
        text(child instanceof TextNode text ? text.getWholeText() : "", context);
      }
    }
  }

  private static boolean matters(Element element) {
    if (element.childNodeSize() == 0) {
      return KEPT_EMPTY.contains(element.normalName());
    }
    for (Node child : element.childNodes()) {
      if (!(child instanceof Element inner)
          ? child instanceof TextNode || child instanceof DataNode
          : matters(inner)) {
        return true;
      }
    }
    return false;
  }

  private void text(String text, Context context) {
    if (context.verbatim()) {
      out.append(context.unescaped() ? text : escaped(text));
      return;
    }
    if (text.chars().allMatch(c -> isSpace((char) c))) {
      if (!text.isEmpty() && !out.isEmpty() && !isSpace(out.charAt(out.length() - 1))) {
        out.append(' ');
      }
      return;
    }
    String shrunk = SPACES.matcher(text).replaceAll(" ");
    out.append(context.unescaped() ? shrunk : escaped(shrunk));
  }

  private String escaped(String text) {
    String escaped = style.lineStartEscape().in(style.escape().in(text));
    for (Replacement replacement : style.textReplace()) {
      escaped = replacement.in(escaped);
    }
    return escaped;
  }

  private void element(Element element, Context context) {
    String name = element.normalName();
    boolean block = BLOCKS.contains(name) || style.blocks().contains(name);
    switch (context.place()) {
      case PAGE -> {
        if (!block && (IGNORED.contains(name) || style.ignored().contains(name))) {
          return;
        }
        page(element, name, block, context);
      }
      case CODE_BLOCK -> {
        if (!block && (IGNORED.contains(name) || style.ignored().contains(name))) {
          return;
        }
        codeBlock(element, name, block, context);
      }
      case LINK -> {
        switch (name) {
          case "br", "hr" -> out.append('\n');
          case "pre" -> children(element, context.asPreformatted());
          default -> inline(element, name, context, false);
        }
      }
      case TABLE -> table(element, name, context);
      case ROW -> {
        if (name.equals("td") || name.equals("th")) {
          cell(element, context);
        } else {
          children(element, context);
        }
      }
      case CELL -> inline(element, name, context, true);
    }
  }

  private void page(Element element, String name, boolean block, Context context) {
    switch (name) {
      case "pre" -> apart(2, () -> children(element, context.asPreformatted()));
      case "br" -> out.append("  \n");
      case "hr" -> apart(2, () -> out.append("---"));
      case "h1", "h2", "h3", "h4", "h5", "h6" ->
          apart(
              2,
              () -> {
                out.append("#".repeat(name.charAt(1) - '0')).append(' ');
                children(element, context);
              });
      case "ol", "ul" -> list(element, name, context);
      case "li" -> item(element, context);
      case "blockquote" ->
          apart(
              2,
              () -> {
                int start = out.length();
                children(element, context);
                replaceFrom(start, quoted(out.substring(start)));
              });
      case "code" -> code(element, context);
      case "table" -> {
        int start = out.length();
        newLines(2);
        int content = out.length();
        Table table = new Table();
        children(element, context.inTable(table));
        String rows = rows(out.substring(content), table.caption);
        out.setLength(rows.isEmpty() ? start : content);
        if (!rows.isEmpty()) {
          out.append(rows);
          newLines(2);
        }
      }
      default -> {
        if (block) {
          apart(2, () -> children(element, context));
        } else {
          inline(element, name, context, true);
        }
      }
    }
  }

  private void codeBlock(Element element, String name, boolean block, Context context) {
    switch (name) {
      case "br" -> out.append('\n');
      case "hr" -> apart(2, () -> out.append("---"));
      case "h1", "h2", "h3", "h4", "h5", "h6" ->
          apart(
              2,
              () -> {
                out.append('[');
                children(element, context);
                out.append(']');
              });
      case "ol", "ul" -> list(element, name, context);
      case "li" -> item(element, context);
      case "tr" -> apart(1, () -> children(element, context));
      case "img" -> {}
      default -> {
        if (block) {
          apart(2, () -> children(element, context));
        } else {
          children(element, context);
        }
      }
    }
  }

  /** What has a sign within a line of text. */
  private void inline(Element element, String name, Context context, boolean links) {
    switch (name) {
      case "strong", "b" -> surrounded(element, style.strong(), context);
      case "del", "s", "strike" -> surrounded(element, "~~", context);
      case "em", "i" -> surrounded(element, style.emphasis(), context);
      case "img" -> image(element);
      case "a" -> {
        if (links) {
          link(element, context);
        } else {
          children(element, context);
        }
      }
      default -> children(element, context);
    }
  }

  private void apart(int newLines, Runnable content) {
    newLines(newLines);
    content.run();
    newLines(newLines);
  }

  private void newLines(int wanted) {
    int there = 0;
    for (int i = out.length() - 1; i >= 0 && i >= out.length() - 10; i--) {
      if (!isSpace(out.charAt(i))) {
        break;
      }
      there += out.charAt(i) == '\n' ? 1 : 0;
    }
    out.append("\n".repeat(Math.max(0, wanted - there)));
  }

  private void replaceFrom(int start, String text) {
    out.setLength(start);
    out.append(text);
  }

  /** A sign that follows the same sign would lengthen it. */
  private void replaceFromApart(int start, String text) {
    out.setLength(start);
    if (!out.isEmpty() && !text.isEmpty() && out.charAt(start - 1) == text.charAt(0)) {
      out.append(' ');
    }
    out.append(text);
  }

  private void surrounded(Element element, String sign, Context context) {
    int start = out.length();
    children(element, context);
    String content = out.substring(start);
    if (content.isBlank()) {
      out.setLength(start);
    } else {
      replaceFromApart(start, surround(content, sign));
    }
  }

  /** Puts a sign around the text of each line; the same sign within is not needed there. */
  private static String surround(String content, String sign) {
    String inner = content;
    if (!sign.isEmpty() && content.contains(sign)) {
      inner = Pattern.compile("([^\\\\])" + Pattern.quote(sign)).matcher(content).replaceAll("$1");
    }
    return inner
        .lines()
        .map(line -> {
          String text = line.strip();
          int from = line.indexOf(text);
          int end = from + text.length();
          return text.isEmpty()
              ? line
              : (from > 0 ? line.charAt(from - 1) : "")
                  + sign
                  + text
                  + sign
                  + (end < line.length() ? line.charAt(end) : "");
        })
        .collect(Collectors.joining("\n", "", inner.endsWith("\n") ? "\n" : ""));
  }

  private void list(Element element, String name, Context context) {
    apart(1, () -> children(element, context.inList(name.equals("ol"))));
  }

  private void item(Element element, Context context) {
    String indent = "   ".repeat(Math.max(0, context.indent()));
    int start = out.length();
    newLines(1);
    OrderedList list = context.ordered();
    out.append(indent).append(list == null ? style.bullet() : ++list.number + ".").append(' ');
    int content = out.length();
    children(element, context);
    String text = out.substring(content).strip();
    if (text.isEmpty()) {
      if (list != null) {
        list.number--;
      }
      out.setLength(start);
      return;
    }
    String lines = LINE_BREAKS.matcher(text).replaceAll("  \n" + indent);
    replaceFrom(content, BLANKS_AT_LINE_END.matcher(lines).replaceAll("$1  "));
    newLines(1);
  }

  private static String quoted(String content) {
    return withoutOuterNewLines(content)
        .lines()
        .map(line -> {
          int marks = 0;
          while (marks < line.length() && line.charAt(marks) == '>') {
            marks++;
          }
          boolean blank = marks < line.length() && isSpace(line.charAt(marks));
          return ">" + line.substring(0, marks) + " " + line.substring(marks + (blank ? 1 : 0));
        })
        .collect(Collectors.joining("\n"));
  }

  private void code(Element element, Context context) {
    Element parent = element.parent();
    int start = out.length();
    if (parent == null || !parent.normalName().equals("pre") || parent.childNodeSize() > 1) {
      children(element, context.asCode());
      String content = out.substring(start);
      String longest =
          BACKTICKS
              .matcher(content)
              .results()
              .map(run -> run.group())
              .reduce("", (a, b) -> b.length() > a.length() ? b : a);
      String padding = longest.isEmpty() ? "" : " ";
      String sign = longest + "`";
      replaceFromApart(start, sign + padding + content + padding + sign);
      return;
    }
    Context inside = context.asCode().in(Place.CODE_BLOCK);
    if (style.fenced()) {
      Matcher language = LANGUAGE.matcher(element.className());
      out.append(style.fence()).append(language.find() ? language.group(1) : "").append('\n');
      children(element, inside);
      out.append('\n').append(style.fence());
    } else {
      children(element, inside);
      replaceFrom(start, "    " + out.substring(start).replace("\n", "\n    "));
    }
  }

  private void link(Element element, Context context) {
    String address = element.attr("href");
    if (address.isEmpty()) {
      children(element, context);
      return;
    }
    String encoded =
        address.replace("(", "%28").replace(")", "%29").replace("_", "%5F").replace("*", "%2A");
    if (HtmlDocument.text(element).equals(address)) {
      out.append('<').append(encoded).append('>');
      return;
    }
    out.append('[');
    int start = out.length();
    children(element, context.in(Place.LINK));
    replaceFrom(start, LINE_BREAKS.matcher(out.substring(start)).replaceAll(" "));
    out.append(']');
    if (style.linksAtEnd()) {
      if (!addresses.contains(encoded)) {
        addresses.add(encoded);
      }
      out.append('[').append(addresses.indexOf(encoded) + 1).append(']');
    } else {
      out.append('(').append(encoded).append(title(element)).append(')');
    }
  }

  private void image(Element element) {
    String source = element.attr("src");
    boolean data = source.regionMatches(true, 0, "data:", 0, "data:".length());
    if (!source.isEmpty() && (style.keepDataImages() || !data)) {
      out.append("![")
          .append(element.attr("alt"))
          .append("](")
          .append(source)
          .append(title(element))
          .append(')');
    }
  }

  private static String title(Element element) {
    String title = element.attr("title");
    return title.isEmpty() ? "" : " \"" + title + "\"";
  }

  private void table(Element element, String name, Context context) {
    switch (name) {
      case "caption" -> {
        int start = out.length();
        children(element, context.in(Place.CELL));
        String caption = LINE_BREAKS.matcher(out.substring(start)).replaceAll(" ").strip();
        out.setLength(start);
        if (!caption.isEmpty() && context.table() != null) {
          context.table().caption = "__" + caption + "__";
        }
      }
      case "tr" -> {
        int start = out.length();
        out.append("| ");
        int content = out.length();
        children(element, context.in(Place.ROW));
        if (CELL_END.matcher(out.substring(content)).find()) {
          out.append('\n');
        } else {
          out.setLength(start);
        }
      }
      case "td", "th" -> cell(element, context);
      default -> children(element, context);
    }
  }

  private void cell(Element element, Context context) {
    out.append(' ');
    int start = out.length();
    children(element, context.in(Place.CELL));
    String content = withoutOuterNewLines(out.substring(start)).replace("|", "\\|");
    replaceFrom(start, LINE_BREAKS.matcher(content).replaceAll(" ").strip());
    out.append(" |");
  }

  /** The rows with their columns aligned, the first one as the head; empty for no rows. */
  private static String rows(String content, @Nullable String caption) {
    List<List<String>> rows = new ArrayList<>();
    List<Integer> widths = new ArrayList<>();
    for (String line : content.split("\n", -1)) {
      String row = line.strip();
      if (row.startsWith("|")) {
        row = row.substring(1);
      }
      if (row.endsWith("|") && !row.endsWith("\\|")) {
        row = row.substring(0, row.length() - 1);
      }
      if (row.isBlank() && line.isBlank()) {
        continue;
      }
      List<String> cells = new ArrayList<>();
      for (String cell : row.split(" \\|", -1)) {
        String text = cell.strip();
        int column = cells.size();
        cells.add(text);
        if (column == widths.size()) {
          widths.add(text.length());
        } else {
          widths.set(column, Math.max(widths.get(column), text.length()));
        }
      }
      rows.add(cells);
    }
    StringBuilder table = new StringBuilder();
    for (List<String> cells : rows) {
      boolean first = table.isEmpty();
      if (first && caption != null) {
        table.append(caption).append('\n');
      }
      table.append('|');
      for (int i = 0; i < widths.size(); i++) {
        String cell = i < cells.size() ? cells.get(i) : "";
        table.append(' ').append(cell).append(" ".repeat(widths.get(i) - cell.length()));
        table.append(" |");
      }
      table.append('\n');
      if (first) {
        table.append('|');
        widths.forEach(width -> table.append(' ').append("-".repeat(width)).append(" |"));
        table.append('\n');
      }
    }
    return table.toString();
  }

  private static String withoutOuterNewLines(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && text.charAt(start) == '\n') {
      start++;
    }
    while (end > start && text.charAt(end - 1) == '\n') {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || c == '\u00A0' || c == '\uFEFF';
  }
}
