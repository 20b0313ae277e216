package dev.millrace.binary;

import java.util.HexFormat;

/** Names of folders for executions: reversible, and without a character that means something. */
final class ExecutionFolders {
  /** Every name, as a regular expression. */
  static final String PATTERN = "[a-z0-9_~-]{1,240}";

  private static final int MAX_LENGTH = 240;

  private ExecutionFolders() {}

  /** Different also where upper and lower case are the same to the file system. */
  static String name(String executionId) {
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < executionId.length(); i++) {
      char c = executionId.charAt(i);
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
        name.append(c);
      } else {
        name.append('~').append(HexFormat.of().toHexDigits(c));
      }
    }
    if (name.isEmpty() || name.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("no folder can be named after execution " + executionId);
    }
    return name.toString();
  }

  /** The execution that a folder is named after; of other names whatever they look like. */
  static String executionId(String name) {
    StringBuilder id = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) == '~'
          && i + 4 < name.length()
          && name.substring(i + 1, i + 5).chars().allMatch(HexFormat::isHexDigit)) {
        id.append((char) HexFormat.fromHexDigits(name, i + 1, i + 5));
        i += 4;
      } else {
        id.append(name.charAt(i));
      }
    }
    return id.toString();
  }
}
