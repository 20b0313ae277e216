package dev.millrace.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** URLs that try to reach what only this process can reach. */
public final class HostileUrls {
  /** Names that an attacker's name server answers with addresses of the inside. */
  private static final Map<String, List<String>> NAMES =
      Map.ofEntries(
          Map.entry("localhost", List.of("127.0.0.1", "::1")),
          Map.entry("localhost.", List.of("127.0.0.1")),
          Map.entry("app.localhost", List.of("127.0.0.1")),
          Map.entry("inside.example", List.of("10.0.0.8")),
          Map.entry("six.example", List.of("fd12:3456::8")),
          Map.entry("mapped.example", List.of("::ffff:192.168.0.1")),
          Map.entry("nat64.example", List.of("64:ff9b::a00:8")),
          Map.entry("metadata.google.internal", List.of("169.254.169.254")),
          Map.entry("127.0.0.1.nip.example", List.of("127.0.0.1")),
          Map.entry("everything.example", List.of("10.0.0.8", "127.0.0.1", "169.254.169.254")));

  private HostileUrls() {}

  /** The names in the URLs. */
  public static Set<String> names() {
    return NAMES.keySet();
  }

  /** What an attacker's name server answers. */
  public static List<InetAddress> resolve(String host) throws UnknownHostException {
    List<InetAddress> addresses = new ArrayList<>();
    for (String literal : NAMES.getOrDefault(host, List.of())) {
      addresses.add(InetAddress.ofLiteral(literal));
    }
    if (addresses.isEmpty()) {
      throw new UnknownHostException(host);
    }
    return addresses;
  }

  /** Those that lead to an address of the inside, in some way. */
  public static List<String> inside() {
    return List.of(
        // Plain.
        "http://127.0.0.1/",
        "http://127.0.0.1:8080/admin",
        "http://127.255.255.254/",
        "http://0.0.0.0/",
        "http://0.1.2.3/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://172.31.255.255/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://100.100.100.200/latest/meta-data/",
        "http://169.254.169.254/latest/meta-data/",
        "http://169.254.170.2/v2/credentials",
        "http://168.63.129.16/machine",
        "http://192.0.0.192/",
        "http://192.0.2.1/",
        "http://198.18.0.1/",
        "http://198.19.255.255/",
        "http://198.51.100.7/",
        "http://203.0.113.9/",
        "http://192.88.99.1/",
        "http://224.0.0.1/",
        "http://239.255.255.250:1900/",
        "http://240.0.0.1/",
        "http://255.255.255.255/",
        "https://127.0.0.1/",
        // Number forms.
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0X7F.0.0.1/",
        "http://017700000001/",
        "http://0177.0.0.01/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://127.0.1/",
        "http://0/",
        "http://00000000/",
        "http://0x0/",
        "http://3232235777/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://127.0.0.1./",
        "http://%31%32%37.0.0.1/",
        "http://127%2e0%2e0%2e1/",
        "http://１２７.０.０.１/",
        "http://127。0。0。1/",
        "http://①②⑦.⓪.⓪.①/",
        "http://0x7f。1/",
        // IPv6, and IPv4 inside of it.
        "http://[::1]/",
        "http://[::]/",
        "http://[0:0:0:0:0:0:0:1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[::127.0.0.1]/",
        "http://[::7f00:1]/",
        "http://[::ffff:0:127.0.0.1]/",
        "http://[64:ff9b::127.0.0.1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[64:ff9b:1::10.0.0.1]/",
        "http://[2002:7f00:1::]/",
        "http://[2002:a9fe:a9fe::1]/",
        "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
        "http://[fe80::1]/",
        "http://[fec0::1]/",
        "http://[fc00::1]/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://[ff02::1]/",
        "http://[2001:db8::1]/",
        "http://[3fff::1]/",
        "http://[100::1]/",
        "http://[4000::1]/",
        // Names that lead inside.
        "http://localhost/",
        "http://LOCALHOST:5432/",
        "http://localhost./",
        "http://app.localhost/",
        "http://loc%61lhost/",
        "http://ｌｏｃａｌｈｏｓｔ/",
        "http://lo\u00adcalhost/",
        "http://inside.example/",
        "http://six.example/",
        "http://mapped.example/",
        "http://nat64.example/",
        "http://metadata.google.internal/computeMetadata/v1/",
        "http://127.0.0.1.nip.example/",
        "http://everything.example/",
        // User-info and separators that hide the host.
        "http://example.com@127.0.0.1/",
        "http://example.com:80@127.0.0.1:80/",
        "http://example.com%2f@127.0.0.1/",
        "http://a@example.com@127.0.0.1/",
        "http://127.0.0.1\\@example.com/",
        "http://127.0.0.1#@example.com/",
        "http://127.0.0.1?@example.com/",
        "http:\\\\127.0.0.1\\",
        "http:127.0.0.1/",
        "http:///127.0.0.1/",
        " http://127.0.0.1/ ",
        "ht\ntp://127.0.\t0.1/");
  }

  /** Those that are no URLs of the web at all. */
  public static List<String> notOfTheWeb() {
    return List.of(
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "ftp://127.0.0.1/",
        "dict://127.0.0.1:11211/stats",
        "ldap://127.0.0.1/",
        "jar:http://127.0.0.1!/",
        "data:text/plain,hello",
        "javascript:alert(1)",
        "unix:///var/run/docker.sock",
        "netdoc:///etc/hosts",
        "//127.0.0.1/",
        "127.0.0.1/",
        "",
        "http://",
        "http://:80/",
        "http://[::1%25lo]/",
        "http://[fe80::1%eth0]/",
        "http://[127.0.0.1]/",
        "http://[::1/",
        "http://[v1.x]/",
        "http://256.256.256.256/",
        "http://127.0.0.1.1/",
        "http://0x7f.0x0.0x0.0x100/",
        "http://09.0.0.1/",
        "http://4294967296/",
        "http://1.2.3.4.5/",
        "http://exa mple.com/",
        "http://a..b/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:65536/",
        "http://127.0.0.1:80:80/",
        "http://127.0.0.1:8a/",
        "http://example.com%00.evil/",
        "http://example.com%0d%0aHost:evil/",
        "http://example.com%23@127.0.0.1%2f/");
  }

  /** Those that lead to a port of this machine, where somebody may listen. */
  public static List<String> here(int port) {
    return List.of(
            "127.0.0.1",
            "127.1",
            "127.0.0.1.",
            "0x7f000001",
            "0X7F.0.0.1",
            "2130706433",
            "017700000001",
            "0177.0.0.01",
            "0",
            "0.0.0.0",
            "%31%32%37.0.0.1",
            "１２７.０.０.１",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::127.0.0.1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "app.localhost",
            "127.0.0.1.nip.example",
            "everything.example",
            "example.com@127.0.0.1",
            "example.com:80@127.0.0.1",
            "a@example.com@127.0.0.1")
        .stream()
        .map(host -> "http://" + host + ":" + port + "/")
        .toList();
  }
}
