package dev.millrace.http;

import java.net.IDN;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The host of a URL. All forms that a number can take as an IPv4 address (decimal, octal,
 * hexadecimal, fewer than four parts) are read as the address that they mean to other programs.
 *
 * @param text a name in ASCII and lower case, or an address in its usual form
 * @param address null for a name
 */
record UrlHost(String text, @Nullable InetAddress address) {
  /** Reads a host as a URL has it; null when it is none. */
  static @Nullable UrlHost read(String text) {
    if (text.startsWith("[")) {
      return text.endsWith("]") ? sixParts(text.substring(1, text.length() - 1)) : null;
    }
    String name = ascii(text);
    if (name == null || name.isEmpty()) {
      return null;
    }
    if (endsInNumber(name)) {
      return fourParts(name);
    }
    return isName(name) ? new UrlHost(name, null) : null;
  }

  private static @Nullable String ascii(String text) {
    try {
      String decoded = URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
      return IDN.toASCII(decoded, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException unreadable) {
      return null;
    }
  }

  private static boolean isName(String name) {
    String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    if (bare.isEmpty() || bare.length() > 253) {
      return false;
    }
    for (String label : bare.split("\\.", -1)) {
      if (label.isEmpty() || label.length() > 63) {
        return false;
      }
    }
    return bare.chars()
        .allMatch(c ->
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.');
  }

  private static boolean endsInNumber(String name) {
    String[] labels = name.split("\\.", -1);
    String last = labels[labels.length - 1];
    if (last.isEmpty() && labels.length > 1) {
      last = labels[labels.length - 2];
    }
    return !last.isEmpty()
        && (last.chars().allMatch(c -> c >= '0' && c <= '9') || number(last) >= 0);
  }

  private static @Nullable UrlHost fourParts(String text) {
    String bare = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    String[] parts = bare.split("\\.", -1);
    if (parts.length > 4) {
      return null;
    }
    long value = 0;
    for (int i = 0; i < parts.length; i++) {
      long number = number(parts[i]);
      boolean last = i == parts.length - 1;
      // The last part fills all the bytes that are left.
      long limit = last ? 1L << (8 * (5 - parts.length)) : 256;
      if (number < 0 || number >= limit) {
        return null;
      }
      value = last ? (value << (8 * (5 - parts.length))) | number : (value << 8) | number;
    }
    byte[] bytes = {(byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value};
    try {
      InetAddress address = InetAddress.getByAddress(bytes);
      return new UrlHost(address.getHostAddress(), address);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** A part as C's strtoul reads it: with 0x hexadecimal, with 0 octal; -1 when it is no number. */
  private static long number(String part) {
    int radix = 10;
    String digits = part;
    if (part.startsWith("0x")) {
      radix = 16;
      digits = part.substring(2);
      if (digits.isEmpty()) {
        return 0;
      }
    } else if (part.length() > 1 && part.startsWith("0")) {
      radix = 8;
      digits = part.substring(1);
    }
    long value = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = digits.charAt(i) < 0x80 ? Character.digit(digits.charAt(i), radix) : -1;
      if (digit < 0) {
        return -1;
      }
      value = value * radix + digit;
      if (value > 0xffffffffL) {
        value = 0x1_0000_0000L;
      }
    }
    return digits.isEmpty() ? -1 : value;
  }

  private static @Nullable UrlHost sixParts(String text) {
    boolean valid =
        text.indexOf(':') >= 0
            && text.chars().allMatch(c -> Character.digit(c, 16) >= 0 || c == ':' || c == '.');
    if (!valid) {
      return null;
    }
    try {
      InetAddress address = InetAddress.ofLiteral(text);
      // An IPv4 address in IPv6 clothes is that IPv4 address.
      return new UrlHost(address.getHostAddress(), address);
    } catch (IllegalArgumentException unreadable) {
      return null;
    }
  }

  /** Whether an address is of the fourth version, in whatever form it was written. */
  static boolean isFour(InetAddress address) {
    return address instanceof Inet4Address;
  }
}
