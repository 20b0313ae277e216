package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.function.Supplier;

/** Tells who calls what is not served here what to call instead. Thread-safe. */
final class OtherPaths implements Handler {
  private static final String TEST = "/webhook-test/";

  private final Supplier<String> baseUrl;
  private final Supplier<WebhookRoutes> routes;
  private final AnswerWriter writer;

  OtherPaths(Supplier<String> baseUrl, Supplier<WebhookRoutes> routes, AnswerWriter writer) {
    this.baseUrl = baseUrl;
    this.routes = routes;
    this.writer = writer;
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    String path = request.path().path();
    String method = request.prologue().method().text();
    writer.write(
        request, response, path.startsWith(TEST) ? test(method, path) : unknown(method, path));
  }

  private HttpAnswer test(String method, String path) {
    String webhook = WebhookHandler.below(TEST, path);
    String hint =
        switch (routes.get().find(method, webhook)) {
          case WebhookRoutes.Match.Found found ->
              "Its workflow is active: call " + baseUrl.get() + "/webhook/" + webhook;
          case WebhookRoutes.Match.OtherMethods other ->
              "Its workflow is active for "
                  + String.join(", ", other.methods())
                  + ": call "
                  + baseUrl.get()
                  + "/webhook/"
                  + webhook;
          case WebhookRoutes.Match.Nothing nothing ->
              "A test URL listens for one call after somebody asked for it in an editor; activate the"
                  + " workflow and call it below /webhook/ instead.";
        };
    return HttpAnswer.error(
        404,
        ErrorCode.NO_WEBHOOK,
        "The test webhook \"" + method + " " + webhook + "\" is not registered.",
        hint);
  }

  private static HttpAnswer unknown(String method, String path) {
    return HttpAnswer.error(
        404,
        ErrorCode.NO_WEBHOOK,
        "Nothing is served at \"" + method + " " + path + "\".",
        "Webhooks are served below /webhook/.");
  }
}
