package dev.millrace.control.credentials;

import dev.millrace.control.credentials.CredentialType.TestRequest;
import dev.millrace.control.vault.Secrets;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.http.AllowedHosts;
import dev.millrace.http.HttpCall;
import dev.millrace.http.HttpReply;
import dev.millrace.http.HttpUrl;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.http.OutgoingHttpException;
import dev.millrace.value.Coercion;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tries credentials out with the request that their type declares. */
final class CredentialTester {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final CredentialTypes types;
  private final OutgoingHttp http;
  private final Secrets secrets;

  /** How it came out. The message holds nothing of the credential or of the service's answer. */
  record Result(Status status, String message) {
    enum Status {
      OK,
      ERROR,
      /** The type has no request that would show it. */
      NOT_TESTABLE
    }
  }

  CredentialTester(CredentialTypes types, OutgoingHttp http, Secrets secrets) {
    this.types = types;
    this.http = http;
    this.secrets = secrets;
  }

  Result test(Credential credential, Map<String, @Nullable Object> stored)
      throws InterruptedException {
    TestRequest declared = types.of(credential.type()).test().orElse(null);
    if (declared == null) {
      return new Result(
          Result.Status.NOT_TESTABLE,
          "Credentials of the type " + credential.type() + " have no test");
    }
    try {
      Map<String, @Nullable Object> fields = secrets.resolve(credential.projectId(), stored);
      HttpUrl url = url(fields, declared);
      if (!credential.allowedHosts().allows(url)) {
        return error("The credential does not allow its own host " + url.host());
      }
      return sent(declared, url, fields, credential.allowedHosts());
    } catch (MillraceException failed) {
      // Such messages name host and reason alone.
      return error(failed.text());
    }
  }

  private Result sent(
      TestRequest declared, HttpUrl url, Map<String, @Nullable Object> fields, AllowedHosts allowed)
      throws InterruptedException {
    HttpCall call = HttpCall.of("GET", url).withHeader("Accept", "application/json");
    for (Map.Entry<String, String> header : declared.headers().of(fields).entrySet()) {
      call = call.withSecretHeader(header.getKey(), header.getValue());
    }
    HttpCall.Options options =
        HttpCall.Options.DEFAULT
            .withTimeout(TIMEOUT)
            .withAnyCertificate(Coercion.toBoolean(fields.get("ignoreSSLIssues")));
    if (!allowed.everyHost()) {
      options = options.withRedirects(HttpCall.Redirects.NONE, 0);
    }
    try (HttpReply reply = http.send(call.withOptions(options))) {
      return reply.ok()
          ? new Result(Result.Status.OK, "The service accepts the credential")
          : error("The service answers with " + reply.status());
    }
  }

  private static HttpUrl url(Map<String, @Nullable Object> fields, TestRequest declared) {
    Object base = fields.get(declared.base());
    String text = base instanceof String known ? known.strip() : "";
    try {
      return HttpUrl.parse(text.replaceAll("/+$", "") + declared.path());
    } catch (OutgoingHttpException invalid) {
      // Its message quotes the text, which may come from a store of secrets.
      throw new MillraceException(
          ErrorCode.INVALID_REQUEST, "The field " + declared.base() + " is no URL");
    }
  }

  private static Result error(String message) {
    return new Result(Result.Status.ERROR, message);
  }
}
