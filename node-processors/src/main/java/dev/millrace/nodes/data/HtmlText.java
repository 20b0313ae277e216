package dev.millrace.nodes.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;

/**
 * An element's content as plain text for people: headings in capitals, list markers, addresses of
 * links and images in brackets, blocks on lines of their own, lines of at most 80 characters. One
 * object writes one text.
 */
final class HtmlText {
  private static final int LINE = 80;
  private static final int SHORTEST_LINE = 20;
  private static final Pattern WORD = Pattern.compile("[^ \\t\\r\\n\\f\\u200B]+");

  /** The words of a run of text, broken into lines. */
  private static final class Lines {
    final int max;
    private final List<String> full = new ArrayList<>();
    private StringBuilder line = new StringBuilder();
    private int lastWord;
    private boolean started;
    private int left;
    private boolean space;
    private boolean mayBreak;

    Lines(int max) {
      this.max = max;
      this.left = max;
    }

    void word(String word) {
      if (left <= 0) {
        newLine();
      }
      int cost = word.length() + (started ? 1 : 0);
      if (cost > left && started) {
        newLine();
        cost = word.length();
      }
      if (started) {
        line.append(' ');
      }
      lastWord = line.length();
      line.append(word);
      started = true;
      left -= cost;
    }

    /** Lengthens the last word, which may then no longer fit into its line. */
    void append(String more) {
      if (mayBreak && more.length() > left) {
        mayBreak = false;
        word(more);
      } else if (started) {
        String word = line.substring(lastWord) + more;
        boolean only = lastWord == 0;
        left += word.length() - more.length() + (only ? 0 : 1);
        line.setLength(only ? 0 : lastWord - 1);
        started = !only;
        word(word);
      } else {
        word(more);
      }
    }

    void newLine() {
      full.add(line.toString());
      line = new StringBuilder();
      lastWord = 0;
      started = false;
      left = max;
    }

    void newLines(int count) {
      for (int i = 0; i < count; i++) {
        newLine();
      }
    }

    boolean isEmpty() {
      return full.isEmpty() && !started;
    }

    /** The space after the last word and a chance to break stay. */
    void clear() {
      full.clear();
      line = new StringBuilder();
      lastWord = 0;
      started = false;
      left = max;
    }

    @Override
    public String toString() {
      return full.isEmpty() ? line.toString() : String.join("\n", full) + "\n" + line;
    }
  }

  /** A block under construction: what is finished of it, and the text that is still running. */
  private static final class Block {
    final Lines running;
    final boolean verbatim;
    String finished = "";
    int breaksBefore;
    int breaksDue;

    Block(int breaksBefore, int width, boolean verbatim) {
      this.breaksBefore = breaksBefore;
      this.running = new Lines(width);
      this.verbatim = verbatim;
    }

    String text() {
      return running.isEmpty() ? finished : finished + running;
    }

    void add(String text, int before, int after) {
      String already = text();
      int breaks = Math.max(breaksDue, before);
      running.clear();
      if (already.isEmpty()) {
        finished = text;
        breaksBefore = breaks;
      } else {
        finished = already + "\n".repeat(breaks) + text;
      }
      breaksDue = after;
    }
  }

  private final Predicate<Element> skipped;
  private final Deque<Block> open = new ArrayDeque<>();
  private int capitals;
  private long wordsAdded;

  private HtmlText(Predicate<Element> skipped) {
    this.skipped = skipped;
    open.push(new Block(0, LINE, false));
  }

  /**
   * @param skipped which elements are left out
   */
  static String of(Element element, Predicate<Element> skipped) {
    HtmlText text = new HtmlText(skipped);
    Element body = element.selectFirst("body");
    if (body == null || element.normalName().equals("body")) {
      text.children(element);
    } else {
      text.node(body);
    }
    return text.block().text();
  }

  private Block block() {
    return open.getFirst();
  }

  private void children(Element element) {
    for (Node child : element.childNodes()) {
      node(child);
    }
  }

  private void node(Node node) {
    if (node instanceof TextNode text) {
      inline(text.getWholeText(), false);
    } else if (node instanceof Element element && !skipped.test(element)) {
      element(element);
    }
  }

  private void element(Element element) {
    switch (element.normalName()) {
      case "script", "style" -> {}
      case "a" -> link(element);
      case "article", "aside", "div", "footer", "form", "header", "main", "nav", "section" ->
          block(element, 1, 1);
      case "table", "p" -> block(element, 2, 2);
      case "h1", "h2", "h3" -> heading(element, 3);
      case "h4", "h5", "h6" -> heading(element, 2);
      case "pre" -> {
        open(2, 0, true);
        children(element);
        close(2);
      }
      case "blockquote" -> {
        open(2, 2, false);
        children(element);
        Block quote = open.pop();
        block().add(quoted(quote.text()), quote.breaksBefore, Math.max(quote.breaksDue, 2));
      }
      case "hr" -> {
        open(2, 0, false);
        inline("-".repeat(LINE), false);
        close(2);
      }
      case "br" -> {
        if (block().verbatim) {
          block().finished += "\n";
        } else {
          block().running.newLine();
        }
      }
      case "wbr" -> block().running.mayBreak = true;
      case "img" -> {
        String alt = element.attr("alt");
        String source = element.attr("src");
        inline(
            source.isEmpty() ? alt : alt.isEmpty() ? "[" + source + "]" : alt + " [" + source + "]",
            true);
      }
      case "ul" -> list(element, number -> " * ");
      case "ol" -> {
        IntFunction<String> counter = counter(element.attr("type"));
        int first = start(element);
        list(element, number -> " " + counter.apply(first + number) + ". ");
      }
      default -> children(element);
    }
  }

  private void link(Element element) {
    String address = element.attr("href").replaceFirst("^mailto:", "");
    if (address.isEmpty() || address.startsWith("#")) {
      children(element);
      return;
    }
    long before = wordsAdded;
    children(element);
    inline(wordsAdded == before ? address : " [" + address + "]", true);
  }

  private void heading(Element element, int before) {
    open(before, 0, false);
    capitals++;
    children(element);
    capitals--;
    close(2);
  }

  private void block(Element element, int before, int after) {
    open(before, 0, false);
    children(element);
    close(after);
  }

  private void open(int before, int reserved, boolean verbatim) {
    int width = Math.max(SHORTEST_LINE, block().running.max - reserved);
    open.push(new Block(before, width, verbatim));
  }

  private void close(int after) {
    Block closed = open.pop();
    block().add(closed.text(), closed.breaksBefore, Math.max(closed.breaksDue, after));
  }

  private static String quoted(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && text.charAt(start) == '\n') {
      start++;
    }
    while (end > start && text.charAt(end - 1) == '\n') {
      end--;
    }
    return "> " + text.substring(start, end).replace("\n", "\n> ");
  }

  private void list(Element element, IntFunction<String> marker) {
    Element parent = element.parent();
    boolean nested = parent != null && parent.normalName().equals("li");
    List<Node> items = new ArrayList<>();
    List<String> prefixes = new ArrayList<>();
    int widest = 0;
    int number = 0;
    for (Node child : element.childNodes()) {
      boolean item = child instanceof Element part && part.normalName().equals("li");
      if (!item && !(child instanceof Element) && !(child instanceof TextNode)) {
        continue;
      }
      if (child instanceof TextNode text && text.isBlank()) {
        continue;
      }
      String prefix = item ? marker.apply(number++) : "";
      prefix = nested ? prefix.stripLeading() : prefix;
      widest = Math.max(widest, prefix.length());
      items.add(child);
      prefixes.add(prefix);
    }
    if (items.isEmpty()) {
      return;
    }
    Block list = new Block(nested ? 1 : 2, block().running.max, false);
    for (int i = 0; i < items.size(); i++) {
      open.push(new Block(1, Math.max(SHORTEST_LINE, list.running.max - widest), false));
      node(items.get(i));
      Block item = open.pop();
      String prefix = prefixes.get(i);
      list.add(
          prefix
              + " ".repeat(widest - prefix.length())
              + item.text().replace("\n", "\n" + " ".repeat(widest)),
          item.breaksBefore,
          Math.max(item.breaksDue, 1));
    }
    block().add(list.text(), list.breaksBefore, Math.max(list.breaksDue, nested ? 1 : 2));
  }

  private static int start(Element list) {
    try {
      return Math.clamp(Long.parseLong(list.attr("start").strip()), -1_000_000, 1_000_000);
    } catch (NumberFormatException none) {
      return 1;
    }
  }

  private static IntFunction<String> counter(String type) {
    return switch (type) {
      case "a" -> HtmlText::letters;
      case "A" -> number -> letters(number).toUpperCase(Locale.ROOT);
      case "i" -> number -> roman(number).toLowerCase(Locale.ROOT);
      case "I" -> HtmlText::roman;
      default -> Integer::toString;
    };
  }

  private static String letters(int number) {
    StringBuilder text = new StringBuilder();
    for (int rest = number; rest > 0; rest = (rest - 1) / 26) {
      text.insert(0, (char) ('a' + (rest - 1) % 26));
    }
    return text.toString();
  }

  private static String roman(int number) {
    int[] values = {1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1};
    String[] signs = {"M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"};
    StringBuilder text = new StringBuilder();
    int rest = number;
    for (int i = 0; i < values.length; i++) {
      while (rest >= values[i]) {
        text.append(signs[i]);
        rest -= values[i];
      }
    }
    return text.toString();
  }

  /**
   * Adds running text; runs of white space are one space, and none at the start of a block.
   *
   * @param asIs whether headings leave it as it is
   */
  private void inline(String text, boolean asIs) {
    Block block = block();
    if (block.verbatim) {
      block.finished += text;
      return;
    }
    Matcher words = WORD.matcher(text);
    boolean any = words.find();
    if (text.isEmpty() || (block.breaksDue > 0 && !any)) {
      return;
    }
    Lines lines = block.running;
    if (block.breaksDue > 0) {
      lines.newLines(block.breaksDue);
    }
    boolean apart = lines.space || isSpace(text.charAt(0));
    boolean pending = lines.space && !any;
    for (boolean more = any; more; more = words.find()) {
      String word = capitals > 0 && !asIs ? words.group().toUpperCase(Locale.ROOT) : words.group();
      wordsAdded += asIs ? 0 : 1;
      if (apart) {
        lines.word(word);
      } else {
        lines.append(word);
      }
      apart = true;
    }
    lines.space = pending || isSpace(text.charAt(text.length() - 1));
    block.breaksDue = 0;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\u200B';
  }
}
