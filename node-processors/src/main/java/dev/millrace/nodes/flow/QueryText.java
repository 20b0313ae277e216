package dev.millrace.nodes.flow;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The SQL of a Merge node, read word by word: checked to be one statement that uses only known
 * functions, and rewritten from the habits of its users (text in double quotes, names in backticks
 * or brackets) to standard SQL.
 */
final class QueryText {
  private static final Set<String> STATEMENTS =
      Set.of("SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE");

  /** Words that a parenthesis may follow without being a function. */
  private static final Set<String> WORDS =
      Set.of(
          "ALL",
          "AND",
          "ANY",
          "AS",
          "BETWEEN",
          "BY",
          "CASE",
          "DISTINCT",
          "ELSE",
          "EXCEPT",
          "EXISTS",
          "FILTER",
          "FROM",
          "GROUP",
          "HAVING",
          "IN",
          "INTERSECT",
          "JOIN",
          "LIKE",
          "LIMIT",
          "MINUS",
          "NOT",
          "OFFSET",
          "ON",
          "OR",
          "OVER",
          "SELECT",
          "SOME",
          "THEN",
          "UNION",
          "USING",
          "VALUES",
          "WHEN",
          "WHERE",
          "WITHIN");

  /**
   * Functions that take a time and memory in proportion to their arguments and touch nothing
   * outside. Not among them: those that read or write files, repeat or pad text, hash with a number
   * of rounds, inflate, or match regular expressions.
   */
  private static final Set<String> FUNCTIONS =
      Set.of(
          // Aggregates and windows.
          "ANY_VALUE",
          "ARRAY_AGG",
          "AVG",
          "BIT_AND_AGG",
          "BIT_OR_AGG",
          "COUNT",
          "CUME_DIST",
          "DENSE_RANK",
          "EVERY",
          "FIRST_VALUE",
          "GROUP_CONCAT",
          "LAG",
          "LAST_VALUE",
          "LEAD",
          "LISTAGG",
          "MAX",
          "MEDIAN",
          "MIN",
          "MODE",
          "NTH_VALUE",
          "NTILE",
          "PERCENT_RANK",
          "PERCENTILE_CONT",
          "PERCENTILE_DISC",
          "RANK",
          "ROW_NUMBER",
          "STDDEV_POP",
          "STDDEV_SAMP",
          "STRING_AGG",
          "SUM",
          "VAR_POP",
          "VAR_SAMP",
          // Values.
          "CAST",
          "COALESCE",
          "DECODE",
          "GREATEST",
          "IFNULL",
          "LEAST",
          "NULLIF",
          "NVL",
          "NVL2",
          "TRY_CAST",
          // Numbers.
          "ABS",
          "ACOS",
          "ASIN",
          "ATAN",
          "ATAN2",
          "CEIL",
          "CEILING",
          "COS",
          "COSH",
          "COT",
          "DEGREES",
          "EXP",
          "FLOOR",
          "LN",
          "LOG",
          "LOG10",
          "MOD",
          "PI",
          "POWER",
          "RADIANS",
          "RAND",
          "RANDOM",
          "ROUND",
          "SIGN",
          "SIN",
          "SINH",
          "SQRT",
          "TAN",
          "TANH",
          "TRUNC",
          "TRUNCATE",
          // Text.
          "ASCII",
          "BIT_LENGTH",
          "CHAR_LENGTH",
          "CHARACTER_LENGTH",
          "CHR",
          "CONCAT",
          "CONCAT_WS",
          "INSTR",
          "LCASE",
          "LEFT",
          "LENGTH",
          "LOCATE",
          "LOWER",
          "LTRIM",
          "OCTET_LENGTH",
          "POSITION",
          "REPLACE",
          "RIGHT",
          "RTRIM",
          "SOUNDEX",
          "SUBSTR",
          "SUBSTRING",
          "TO_CHAR",
          "TRANSLATE",
          "TRIM",
          "UCASE",
          "UPPER",
          // Dates.
          "CURRENT_TIMESTAMP",
          "DATEADD",
          "DATEDIFF",
          "DATE_TRUNC",
          "DAY",
          "DAYNAME",
          "DAY_OF_MONTH",
          "DAY_OF_WEEK",
          "DAY_OF_YEAR",
          "EXTRACT",
          "FORMATDATETIME",
          "HOUR",
          "MINUTE",
          "MONTH",
          "MONTHNAME",
          "NOW",
          "PARSEDATETIME",
          "QUARTER",
          "SECOND",
          "TIMESTAMPADD",
          "TIMESTAMPDIFF",
          "WEEK",
          "YEAR",
          // Lists and JSON.
          "ARRAY_CONTAINS",
          "ARRAY_GET",
          "ARRAY_LENGTH",
          "CARDINALITY",
          "JSON_ARRAY",
          "JSON_ARRAYAGG",
          "JSON_OBJECT",
          "JSON_OBJECTAGG",
          // Types with a length.
          "CHAR",
          "CHARACTER",
          "DEC",
          "DECFLOAT",
          "DECIMAL",
          "NUMERIC",
          "VARCHAR");

  private enum Kind {
    WORD,
    NAME,
    LITERAL,
    SYMBOL
  }

  private record Token(Kind kind, String text, boolean spaced) {
    boolean is(String word) {
      return kind == Kind.WORD && text.equalsIgnoreCase(word);
    }

    boolean isSymbol(String symbol) {
      return kind == Kind.SYMBOL && text.equals(symbol);
    }
  }

  private final List<Token> tokens;
  private final int inputs;

  private QueryText(List<Token> tokens, int inputs) {
    this.tokens = tokens;
    this.inputs = inputs;
  }

  /**
   * @throws dev.millrace.node.NodeException when the query is not one that may run
   */
  static QueryText of(String query, int inputs) {
    List<Token> tokens = tokens(query);
    while (!tokens.isEmpty() && tokens.getLast().isSymbol(";")) {
      tokens.removeLast();
    }
    check(tokens);
    return new QueryText(tokens, inputs);
  }

  /** The query in standard SQL. */
  String text() {
    return joined(withoutFullJoin(tokens));
  }

  /**
   * The query with the lineage column of every input that it reads, so that its rows can be paired
   * with items; the query itself where that cannot be done.
   *
   * @param prefix name of a lineage column, which the index of its input follows
   */
  String withLineage(String prefix) {
    int from = atTop("FROM");
    boolean allColumns = tokens.size() > 1 && tokens.get(1).isSymbol("*");
    if (!tokens.getFirst().is("SELECT") || allColumns || from < 0 || combinesRows()) {
      return text();
    }
    List<Token> changed = new ArrayList<>(tokens.subList(0, from));
    changed.addAll(lineageColumns(from, prefix));
    changed.addAll(tokens.subList(from, tokens.size()));
    return joined(withoutFullJoin(changed));
  }

  private boolean combinesRows() {
    return List.of("UNION", "EXCEPT", "INTERSECT", "MINUS", "DISTINCT", "GROUP").stream()
        .anyMatch(word -> atTop(word) >= 0);
  }

  /** Index of the first such word outside of parentheses, -1 for none. */
  private int atTop(String word) {
    return atTop(tokens, word);
  }

  private static int atTop(List<Token> tokens, String word) {
    int depth = 0;
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      depth += token.isSymbol("(") ? 1 : token.isSymbol(")") ? -1 : 0;
      if (depth == 0 && token.is(word)) {
        return i;
      }
    }
    return -1;
  }

  private List<Token> lineageColumns(int from, String prefix) {
    List<Token> added = new ArrayList<>();
    int depth = 0;
    for (int i = from + 1; i < tokens.size() && !(depth == 0 && tokens.get(i).is("WHERE")); i++) {
      depth += tokens.get(i).isSymbol("(") ? 1 : tokens.get(i).isSymbol(")") ? -1 : 0;
      Token before = tokens.get(i - 1);
      int input = input(tokens.get(i).text());
      if (input >= 0
          && depth == 0
          && (before.is("FROM") || before.is("JOIN") || before.isSymbol(","))) {
        String column = alias(i) + "." + MergeQuery.quoted(prefix + input);
        added.add(new Token(Kind.SYMBOL, ",", false));
        added.add(new Token(Kind.NAME, column, true));
      }
    }
    return added;
  }

  /**
   * The database has no full outer join: it is the left join and those rows of the right join whose
   * left side is empty.
   */
  private List<Token> withoutFullJoin(List<Token> query) {
    int full = atTop(query, "FULL");
    int from = atTop(query, "FROM");
    if (full < 0 || from < 0 || full + 2 >= query.size()) {
      return query;
    }
    int input = input(query.get(from + 1).text());
    boolean several = atTop(query.subList(full + 1, query.size()), "FULL") >= 0;
    if (input < 0 || several || combinesRows()) {
      throw MergeQuery.refused(
          "A FULL JOIN works only once in a query, of an input, and without GROUP BY, DISTINCT or"
              + " UNION.");
    }
    int join = query.get(full + 1).is("OUTER") ? full + 2 : full + 1;
    int end = query.size();
    for (String word : List.of("ORDER", "LIMIT", "OFFSET", "FETCH")) {
      int clause = atTop(query, word);
      end = clause < 0 ? end : Math.min(end, clause);
    }
    int where = atTop(query, "WHERE");
    List<Token> head = query.subList(0, full);
    List<Token> result = new ArrayList<>(head);
    result.add(word("LEFT"));
    result.addAll(query.subList(join, end));
    result.add(word("UNION"));
    result.add(word("ALL"));
    result.addAll(spaced(head));
    result.add(word("RIGHT"));
    result.addAll(query.subList(join, where < 0 ? end : where));
    String left = alias(from + 1, query) + "." + MergeQuery.quoted(MergeQuery.LINEAGE + input);
    result.add(word("WHERE " + left + " IS NULL"));
    if (where >= 0) {
      result.add(word("AND ("));
      result.addAll(query.subList(where + 1, end));
      result.add(word(")"));
    }
    result.addAll(query.subList(end, query.size()));
    return result;
  }

  private static Token word(String text) {
    return new Token(Kind.WORD, text, true);
  }

  private static List<Token> spaced(List<Token> tokens) {
    List<Token> spaced = new ArrayList<>(tokens);
    spaced.set(0, word(tokens.getFirst().text()));
    return spaced;
  }

  private String alias(int table) {
    return alias(table, tokens);
  }

  private static String alias(int table, List<Token> tokens) {
    int next = table + 1;
    if (next < tokens.size() && tokens.get(next).is("AS")) {
      next++;
    }
    if (next < tokens.size()
        && (tokens.get(next).kind() == Kind.NAME
            || (tokens.get(next).kind() == Kind.WORD && !isClause(tokens.get(next).text())))) {
      return tokens.get(next).text();
    }
    return tokens.get(table).text();
  }

  private static boolean isClause(String word) {
    return Set.of(
            "CROSS", "FETCH", "FULL", "GROUP", "HAVING", "INNER", "JOIN", "LEFT", "LIMIT",
            "NATURAL", "OFFSET", "ON", "ORDER", "OUTER", "RIGHT", "USING", "WHERE", "WINDOW")
        .contains(word.toUpperCase(Locale.ROOT));
  }

  /** The input that a table name means, -1 for another. */
  private int input(String name) {
    for (int i = 0; i < inputs; i++) {
      String table = "input" + (i + 1);
      if (name.equals(table) || name.equals(MergeQuery.quoted(table))) {
        return i;
      }
    }
    return -1;
  }

  private static void check(List<Token> tokens) {
    if (tokens.isEmpty()) {
      throw MergeQuery.refused("The query is empty.");
    }
    Token first = tokens.getFirst();
    if (STATEMENTS.stream().noneMatch(first::is)) {
      throw MergeQuery.refused(
          "A query has to begin with SELECT, WITH, VALUES, INSERT, UPDATE or DELETE, not with "
              + first.text()
              + ".");
    }
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      if (token.isSymbol(";")) {
        throw MergeQuery.refused("Only one statement can be run.");
      }
      if (token.is("REGEXP") || (token.is("INTO") && !tokens.getFirst().is("INSERT"))) {
        throw MergeQuery.refused(token.text() + " cannot be used here.");
      }
      boolean called = i + 1 < tokens.size() && tokens.get(i + 1).isSymbol("(");
      if (called && !mayCall(tokens, i)) {
        throw MergeQuery.refused(
            "The function " + token.text() + " cannot be used: it is unknown or not safe.");
      }
    }
  }

  private static boolean mayCall(List<Token> tokens, int index) {
    Token token = tokens.get(index);
    if (token.kind() == Kind.SYMBOL || token.kind() == Kind.LITERAL) {
      return true;
    }
    String word = token.text().toUpperCase(Locale.ROOT);
    if (token.kind() == Kind.WORD && (WORDS.contains(word) || FUNCTIONS.contains(word))) {
      return true;
    }
    // A list of column names: INSERT INTO input1 (…), WITH name (…) AS, FROM (…) AS name (…).
    Token before = index == 0 ? token : tokens.get(index - 1);
    return before.is("INTO") || before.is("AS") || before.is("WITH");
  }

  private static String joined(List<Token> tokens) {
    StringBuilder text = new StringBuilder();
    for (Token token : tokens) {
      if (token.spaced() && !text.isEmpty()) {
        text.append(' ');
      }
      text.append(token.text());
    }
    return text.toString();
  }

  private static List<Token> tokens(String query) {
    List<Token> tokens = new ArrayList<>();
    boolean spaced = false;
    int i = 0;
    while (i < query.length()) {
      char c = query.charAt(i);
      int end;
      if (Character.isWhitespace(c)) {
        spaced = true;
        i++;
        continue;
      } else if (query.startsWith("--", i)) {
        int line = query.indexOf('\n', i);
        spaced = true;
        i = line < 0 ? query.length() : line;
        continue;
      } else if (query.startsWith("/*", i)) {
        int close = query.indexOf("*/", i + 2);
        spaced = true;
        i = close < 0 ? query.length() : close + 2;
        continue;
      } else if (c == '\'') {
        end = closing(query, i, '\'');
        tokens.add(new Token(Kind.LITERAL, literal(query, i, end), spaced));
      } else if (c == '"') {
        end = closing(query, i, '"');
        tokens.add(doubleQuoted(query, i, end, tokens, spaced));
      } else if (c == '`') {
        end = closing(query, i, '`');
        String name = query.substring(i + 1, end - 1).replace("``", "`");
        tokens.add(new Token(Kind.NAME, MergeQuery.quoted(name), spaced));
      } else if (c == '[' && isNamePosition(tokens, spaced)) {
        end = query.indexOf(']', i) + 1;
        if (end == 0) {
          throw MergeQuery.refused("A bracket is not closed.");
        }
        String name = query.substring(i + 1, end - 1);
        tokens.add(new Token(Kind.NAME, MergeQuery.quoted(name), spaced));
      } else if (Character.isLetter(c) || c == '_') {
        end = i + 1;
        while (end < query.length()
            && (Character.isLetterOrDigit(query.charAt(end)) || query.charAt(end) == '_')) {
          end++;
        }
        String word = query.substring(i, end);
        // After a dot there is a column's name, be it a keyword.
        tokens.add(
            !tokens.isEmpty() && tokens.getLast().isSymbol(".")
                ? new Token(Kind.NAME, MergeQuery.quoted(word), spaced)
                : new Token(Kind.WORD, word, spaced));
      } else if (Character.isDigit(c)) {
        end = i + 1;
        while (end < query.length()
            && (Character.isLetterOrDigit(query.charAt(end)) || query.charAt(end) == '.')) {
          end++;
        }
        tokens.add(new Token(Kind.LITERAL, query.substring(i, end), spaced));
      } else if ("$@\\{}#".indexOf(c) >= 0) {
        throw MergeQuery.refused("The character " + c + " cannot be used outside of text.");
      } else {
        end = i + 1;
        tokens.add(new Token(Kind.SYMBOL, String.valueOf(c), spaced));
      }
      spaced = false;
      i = end;
    }
    return tokens;
  }

  /** Text in double quotes is text, but a name where only a name can stand. */
  private static Token doubleQuoted(
      String query, int start, int end, List<Token> before, boolean spaced) {
    boolean name =
        !before.isEmpty()
            && (before.getLast().is("AS")
                || before.getLast().is("FROM")
                || before.getLast().is("JOIN")
                || before.getLast().is("BY")
                || before.getLast().isSymbol("."));
    String content = query.substring(start + 1, end - 1).replace("\"\"", "\"");
    return name
        ? new Token(Kind.NAME, MergeQuery.quoted(content), spaced)
        : new Token(Kind.LITERAL, "'" + content.replace("'", "''") + "'", spaced);
  }

  private static String literal(String query, int start, int end) {
    String content = query.substring(start + 1, end - 1).replace("''", "'").replace("\\'", "'");
    return "'" + content.replace("'", "''") + "'";
  }

  private static boolean isNamePosition(List<Token> tokens, boolean spaced) {
    if (tokens.isEmpty()) {
      return false;
    }
    Token last = tokens.getLast();
    return last.isSymbol(".")
        || last.isSymbol(",")
        || last.isSymbol("(")
        || (spaced && !last.is("ARRAY"));
  }

  /** Index after the closing quote; a doubled or escaped quote is content. */
  private static int closing(String query, int start, char quote) {
    int i = start + 1;
    while (i < query.length()) {
      char c = query.charAt(i);
      if (c == '\\' && quote == '\'' && i + 1 < query.length() && query.charAt(i + 1) == quote) {
        i += 2;
      } else if (c != quote) {
        i++;
      } else if (i + 1 < query.length() && query.charAt(i + 1) == quote) {
        i += 2;
      } else {
        return i + 1;
      }
    }
    throw MergeQuery.refused("A quotation mark is not closed.");
  }
}
