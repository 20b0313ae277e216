package dev.millrace.binary;

import java.util.ArrayList;
import java.util.List;

/**
 * A pattern for paths, taken apart into alternatives of segments. Matching takes time linear in
 * pattern times name, whatever the pattern.
 */
final class Glob {
  /** More alternatives than people write, fewer than {@code {a,b}{a,b}{a,b}…} can make. */
  private static final int MAX_ALTERNATIVES = 256;

  private static final String ANY_FOLDERS = "**";

  private final List<List<String>> alternatives;

  private Glob(List<List<String>> alternatives) {
    this.alternatives = alternatives;
  }

  /**
   * @throws IllegalArgumentException when a part of the pattern cannot be used, which the message
   *     names
   */
  static Glob of(String pattern) {
    if (pattern.matches("(?s).*(?<!\\\\)[!+*]\\(.*")) {
      throw new IllegalArgumentException(
          "'!(…)', '+(…)' and '*(…)' cannot be used in a pattern: " + pattern);
    }
    List<String> expanded = new ArrayList<>();
    expand(pattern, expanded);
    return new Glob(expanded.stream().map(Glob::segments).toList());
  }

  private static void expand(String pattern, List<String> result) {
    int open = -1;
    int depth = 0;
    List<Integer> cuts = new ArrayList<>();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '{' || (c == '(' && i > 0 && "@?".indexOf(pattern.charAt(i - 1)) >= 0)) {
        if (depth++ == 0) {
          open = i;
          cuts.clear();
        }
      } else if (depth == 1 && c == (pattern.charAt(open) == '{' ? ',' : '|')) {
        cuts.add(i);
      } else if (depth > 0 && c == (pattern.charAt(open) == '{' ? '}' : ')') && --depth == 0) {
        boolean group = pattern.charAt(open) == '(';
        String before = pattern.substring(0, group ? open - 1 : open);
        String after = pattern.substring(i + 1);
        if (group && pattern.charAt(open - 1) == '?') {
          expand(before + after, result);
        }
        int from = open + 1;
        cuts.add(i);
        for (int cut : cuts) {
          expand(before + pattern.substring(from, cut) + after, result);
          from = cut + 1;
        }
        return;
      }
    }
    if (result.size() >= MAX_ALTERNATIVES) {
      throw new IllegalArgumentException("the pattern has too many alternatives");
    }
    result.add(pattern);
  }

  private static List<String> segments(String pattern) {
    return List.of(pattern.split("/", -1));
  }

  /** Each alternative as a fixed path and the segments behind it that are patterns. */
  record Place(String fixed, List<String> segments) {}

  List<Place> places() {
    List<Place> places = new ArrayList<>();
    for (List<String> segments : alternatives) {
      int plain = 0;
      while (plain < segments.size() && isPlain(segments.get(plain))) {
        plain++;
      }
      String fixed = String.join("/", segments.subList(0, plain).stream().map(Glob::bare).toList());
      boolean absolute = segments.size() > 1 && segments.getFirst().isEmpty();
      places.add(
          new Place(
              absolute && plain == 1 ? "/" : fixed, segments.subList(plain, segments.size())));
    }
    return places;
  }

  private static boolean isPlain(String segment) {
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      if (c == '\\') {
        i++;
      } else if ("*?[".indexOf(c) >= 0) {
        return false;
      }
    }
    return true;
  }

  private static String bare(String segment) {
    return segment.replaceAll("\\\\(.)", "$1");
  }

  /** How many folders deep the segments reach below the fixed path. */
  static int depth(List<String> segments) {
    return segments.contains(ANY_FOLDERS) ? 64 : segments.size();
  }

  static boolean matches(List<String> segments, List<String> names) {
    boolean[] reached = new boolean[names.size() + 1];
    reached[0] = true;
    for (String segment : segments) {
      boolean[] next = new boolean[names.size() + 1];
      for (int i = 0; i <= names.size(); i++) {
        if (segment.equals(ANY_FOLDERS)) {
          next[i] = reached[i] || (i > 0 && next[i - 1] && !names.get(i - 1).startsWith("."));
        } else {
          next[i] = i > 0 && reached[i - 1] && matchesName(segment, names.get(i - 1));
        }
      }
      reached = next;
    }
    return reached[names.size()];
  }

  /** One segment against one name; goes back to the last star only, which suffices. */
  private static boolean matchesName(String segment, String name) {
    if (name.startsWith(".") && !segment.startsWith(".")) {
      return false;
    }
    int s = 0;
    int n = 0;
    int star = -1;
    int starName = 0;
    while (n < name.length()) {
      if (s < segment.length() && segment.charAt(s) == '*') {
        star = s++;
        starName = n;
        continue;
      }
      int end = s < segment.length() ? matchOne(segment, s, name.charAt(n)) : -1;
      if (end > 0) {
        s = end;
        n++;
      } else if (star >= 0) {
        s = star + 1;
        n = ++starName;
      } else {
        return false;
      }
    }
    while (s < segment.length() && segment.charAt(s) == '*') {
      s++;
    }
    return s == segment.length();
  }

  /** Where the pattern goes on after matching one character at {@code s}, or -1. */
  private static int matchOne(String segment, int s, char c) {
    char p = segment.charAt(s);
    if (p == '?') {
      return s + 1;
    }
    if (p == '\\' && s + 1 < segment.length()) {
      return segment.charAt(s + 1) == c ? s + 2 : -1;
    }
    int close = p == '[' ? segment.indexOf(']', s + 2) : -1;
    if (close < 0) {
      return p == c ? s + 1 : -1;
    }
    boolean negated = "!^".indexOf(segment.charAt(s + 1)) >= 0;
    boolean within = false;
    for (int i = s + (negated ? 2 : 1); i < close; i++) {
      if (i + 2 < close && segment.charAt(i + 1) == '-') {
        within |= c >= segment.charAt(i) && c <= segment.charAt(i + 2);
        i += 2;
      } else {
        within |= segment.charAt(i) == c;
      }
    }
    return within != negated ? close + 1 : -1;
  }
}
