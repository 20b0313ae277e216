package dev.millrace.http;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * All addresses that begin with the same bits, such as {@code 10.0.0.0/8}.
 *
 * @param first the first of them
 * @param bits how many are the same
 */
record AddressRange(InetAddress first, int bits) {
  /** Reads {@code address/bits} or a single address; null when it is neither. */
  static @Nullable AddressRange parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    if (address.isEmpty()
        || address.chars().anyMatch(c -> Character.digit(c, 16) < 0 && c != ':' && c != '.')) {
      return null;
    }
    if (address.indexOf(':') < 0 && !address.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
      return null;
    }
    try {
      InetAddress first = InetAddress.ofLiteral(address);
      int most = first.getAddress().length * 8;
      int bits = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
      return bits < 0 || bits > most ? null : new AddressRange(first, bits);
    } catch (IllegalArgumentException unreadable) {
      return null;
    }
  }

  static AddressRange of(String text) {
    AddressRange range = parse(text);
    if (range == null) {
      throw new IllegalArgumentException(text + " is no range of addresses");
    }
    return range;
  }

  boolean contains(InetAddress address) {
    byte[] ours = first.getAddress();
    byte[] theirs = address.getAddress();
    if (ours.length != theirs.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit += 8) {
      int mask = bits - bit >= 8 ? 0xff : 0xff << (8 - (bits - bit));
      if (((ours[bit / 8] ^ theirs[bit / 8]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }
}
