package dev.millrace.http;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says which addresses may be connected to: public ones, and those that the operator allows. A
 * workflow's URL, a redirect or a name server must not be able to make this process call what only
 * it can reach. Immutable.
 */
final class AddressGuard {
  /** What is not public, and why; after the registries of special-purpose addresses (RFC 6890). */
  private static final Map<AddressRange, String> REFUSED = refused();

  private static final AddressRange GLOBAL_UNICAST = AddressRange.of("2000::/3");

  private final boolean on;
  private final List<AddressRange> ranges = new ArrayList<>();
  private final List<String> hosts = new ArrayList<>();

  /**
   * @param on whether anything is refused at all
   * @param allowed addresses, ranges ({@code 10.1.0.0/16}), host names and {@code *.domain}s that
   *     may be called although they are not public
   */
  AddressGuard(boolean on, List<String> allowed) {
    this.on = on;
    for (String entry : allowed) {
      String text = bare(entry.strip());
      AddressRange range = AddressRange.parse(text);
      if (range != null) {
        ranges.add(range);
      } else if (!text.isEmpty()
          && text.chars().allMatch(c -> Character.isLetterOrDigit(c) || "-_.*".indexOf(c) >= 0)) {
        hosts.add(text);
      } else {
        throw new IllegalArgumentException(
            "'" + entry + "' is no address, range of addresses or host name");
      }
    }
  }

  /**
   * Why a connection must not be made; null when it may.
   *
   * @param host what the URL named: a name, or the address itself
   */
  @Nullable String refusal(String host, InetAddress address) {
    if (!on || allowsHost(host)) {
      return null;
    }
    for (AddressRange range : ranges) {
      if (range.contains(address)) {
        return null;
      }
    }
    for (Map.Entry<AddressRange, String> range : REFUSED.entrySet()) {
      if (range.getKey().contains(address)) {
        return range.getValue();
      }
    }
    return UrlHost.isFour(address) || GLOBAL_UNICAST.contains(address) ? null : "not public";
  }

  /** Whether a host may be called whatever its address is. */
  boolean allowsHost(String host) {
    String name = bare(host);
    return !on
        || hosts.stream()
            .anyMatch(allowed ->
                allowed.startsWith("*.")
                    ? name.endsWith(allowed.substring(1))
                    : allowed.equals(name));
  }

  private static String bare(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  private static Map<AddressRange, String> refused() {
    Map<AddressRange, String> all = new LinkedHashMap<>();
    add(all, "this machine", "0.0.0.0/8", "127.0.0.0/8", "::/128", "::1/128");
    add(all, "private", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10");
    add(all, "shared by a provider", "100.64.0.0/10");
    // Link-local holds the metadata services of most clouds; Azure's has an address of its own.
    add(all, "link-local", "169.254.0.0/16", "fe80::/10");
    add(all, "a metadata service", "168.63.129.16/32");
    add(all, "multicast or broadcast", "224.0.0.0/4", "ff00::/8");
    add(all, "reserved", "192.0.0.0/24", "240.0.0.0/4", "100::/64", "5f00::/16", "2001::/23");
    add(
        all,
        "for documentation or benchmarks",
        "192.0.2.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001:db8::/32",
        "3fff::/20");
    // These lead to an IPv4 address that is written inside of them, public or not.
    add(
        all,
        "a disguised IPv4 address",
        "::/96",
        "::ffff:0:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "192.88.99.0/24");
    return all;
  }

  private static void add(Map<AddressRange, String> all, String reason, String... ranges) {
    for (String range : ranges) {
      all.put(AddressRange.of(range), reason);
    }
  }
}
