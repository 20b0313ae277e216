package dev.millrace.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import redis.embedded.RedisServer;

/**
 * Gives tests the address of a real Redis, one for all of them: each test's keys are its own by the
 * ids in them.
 */
public final class RedisExtension implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(RedisExtension.class);

  private static final class Server implements AutoCloseable {
    private final RedisServer redis;
    private final URI uri;

    Server() {
      try (ServerSocket free = new ServerSocket(0)) {
        int port = free.getLocalPort();
        uri = URI.create("redis://127.0.0.1:" + port);
        redis =
            RedisServer.newRedisServer()
                .port(port)
                .setting("bind 127.0.0.1")
                .setting("save \"\"")
                .build();
      } catch (IOException noPort) {
        throw new UncheckedIOException(noPort);
      }
      try {
        redis.start();
      } catch (IOException notStarted) {
        throw new UncheckedIOException(notStarted);
      }
    }

    @Override
    public void close() throws IOException {
      redis.stop();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == URI.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .computeIfAbsent(Server.class, none -> new Server(), Server.class)
        .uri;
  }
}
