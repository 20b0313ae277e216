package dev.millrace.http;

import dev.millrace.http.OutgoingHttpSettings.Names;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.io.DetachedSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * The two doors that every connection passes: the name is resolved here and refused addresses are
 * dropped, and the socket looks once more at the address that it is about to connect to.
 */
final class GuardedSockets implements DnsResolver, DetachedSocketFactory {
  private final AddressGuard guard;
  private final Names names;
  private final Consumer<InetSocketAddress> beforeConnect;
  private final @Nullable InetSocketAddress detour;

  GuardedSockets(AddressGuard guard, OutgoingHttpSettings settings) {
    this.guard = guard;
    this.names = settings.names();
    this.beforeConnect = settings.beforeConnect();
    this.detour = settings.detour();
  }

  /**
   * The addresses of a host that may be connected to, each with the host's name.
   *
   * @throws RefusedAddressException when the host has addresses and all of them are refused
   */
  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    InetSocketAddress everything = detour;
    if (everything != null) {
      return new InetAddress[] {everything.getAddress()};
    }
    UrlHost literal = UrlHost.read(host.indexOf(':') >= 0 ? "[" + host + "]" : host);
    InetAddress address = literal == null ? null : literal.address();
    List<InetAddress> all = address == null ? names.resolve(host) : List.of(address);
    List<InetAddress> kept = new ArrayList<>();
    String refusal = null;
    for (InetAddress one : all) {
      String reason = guard.refusal(host, one);
      if (reason == null) {
        kept.add(InetAddress.getByAddress(host, one.getAddress()));
      } else {
        refusal = RefusedAddressException.message(host, one, reason);
      }
    }
    if (kept.isEmpty()) {
      throw refusal == null ? new UnknownHostException(host) : new RefusedAddressException(refusal);
    }
    return kept.toArray(new InetAddress[0]);
  }

  @Override
  public String resolveCanonicalHostname(String host) {
    return host;
  }

  @Override
  public Socket create(@Nullable Proxy socksProxy) {
    return new GuardedSocket();
  }

  private void check(SocketAddress endpoint) throws IOException {
    if (!(endpoint instanceof InetSocketAddress address) || address.isUnresolved()) {
      throw new RefusedAddressException("an address that was not resolved is not connected to");
    }
    if (!address.equals(detour)) {
      String host = address.getHostString();
      InetAddress target = Objects.requireNonNull(address.getAddress());
      String reason = guard.refusal(host, target);
      if (reason != null) {
        throw new RefusedAddressException(RefusedAddressException.message(host, target, reason));
      }
    }
    beforeConnect.accept(address);
  }

  private final class GuardedSocket extends Socket {
    @Override
    public void connect(SocketAddress endpoint) throws IOException {
      connect(endpoint, 0);
    }

    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
      check(endpoint);
      super.connect(endpoint, timeout);
    }
  }

  /** The guard does not let a connection be made. */
  static final class RefusedAddressException extends UnknownHostException {
    private static final long serialVersionUID = 1L;

    RefusedAddressException(String message) {
      super(message);
    }

    static String message(String host, InetAddress address, String reason) {
      String literal = address.getHostAddress();
      return literal.equals(host)
          ? "The address " + host + " is not called: it is " + reason + "."
          : "The host " + host + " is not called: its address " + literal + " is " + reason + ".";
    }
  }
}
