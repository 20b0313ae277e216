package dev.millrace.ingress;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses and CIDR blocks, IPv4 and IPv6. An IPv4 address mapped into IPv6 counts as IPv4. */
final class AddressList {
  private record Block(byte[] address, int bits) {
    boolean contains(byte[] other) {
      if (other.length != address.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit += 8) {
        int mask = bits - bit >= 8 ? 0xFF : 0xFF << (8 - (bits - bit)) & 0xFF;
        if ((address[bit / 8] & mask) != (other[bit / 8] & mask)) {
          return false;
        }
      }
      return true;
    }
  }

  private final List<Block> blocks;

  private AddressList(List<Block> blocks) {
    this.blocks = blocks;
  }

  /** Entries that are no addresses match nobody. */
  static AddressList of(List<String> entries) {
    List<Block> blocks = new ArrayList<>();
    for (String entry : entries) {
      int slash = entry.indexOf('/');
      byte[] address = parse(slash < 0 ? entry : entry.substring(0, slash));
      if (address != null) {
        int bits = slash < 0 ? address.length * 8 : prefix(entry.substring(slash + 1));
        if (bits >= 0 && bits <= address.length * 8) {
          blocks.add(new Block(address, bits));
        }
      }
    }
    return new AddressList(blocks);
  }

  boolean contains(String address) {
    byte[] parsed = parse(address);
    return parsed != null && blocks.stream().anyMatch(block -> block.contains(parsed));
  }

  private static int prefix(String text) {
    try {
      return Integer.parseInt(text.strip());
    } catch (NumberFormatException notANumber) {
      return -1;
    }
  }

  /** Literal addresses only: a name must not be looked up here. */
  private static byte @Nullable [] parse(String literal) {
    String text = literal.strip();
    if (text.isEmpty()) {
      return null;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.digit(c, 16) < 0 && c != '.' && c != ':') {
        return null;
      }
    }
    boolean numeric = text.indexOf(':') >= 0 || text.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    try {
      return numeric ? InetAddress.getByName(text).getAddress() : null;
    } catch (UnknownHostException notAnAddress) {
      return null;
    }
  }
}
