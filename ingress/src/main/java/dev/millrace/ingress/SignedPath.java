package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import dev.millrace.resume.ResumeKey;
import dev.millrace.resume.ResumeUrls;
import io.helidon.webserver.http.ServerRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a resume URL says.
 *
 * @param suffix what follows the execution in the path, decoded, without slashes around it
 * @param query the undecoded query without the signature
 */
record SignedPath(String executionId, String suffix, String query) {
  /**
   * Takes a URL apart that a workflow may have added to at its end, as if it had no query: {@code
   * <resumeUrl>/suffix} and {@code <resumeUrl>?name=value} mean what they look like.
   *
   * @throws RequestRefused 401 when the signature is not that of the execution. One that does not
   *     exist has none, so that nobody learns which do
   */
  static SignedPath of(ServerRequest request, String prefix, String tenant, ResumeKey key) {
    String path = WebhookHandler.below(prefix, request.path().rawPath());
    String query = RequestReader.query(request);
    int slash = path.indexOf('/');
    String executionId = decode(slash < 0 ? path : path.substring(0, slash));
    String suffix = slash < 0 ? "" : path.substring(slash + 1);
    String signature = "";
    List<String> rest = new ArrayList<>();
    for (String pair : query.split("&", -1)) {
      if (signature.isEmpty() && pair.startsWith(ResumeUrls.SIGNATURE + "=")) {
        signature = pair.substring(ResumeUrls.SIGNATURE.length() + 1);
        int question = signature.indexOf('?');
        if (question >= 0) {
          rest.add(signature.substring(question + 1));
          signature = signature.substring(0, question);
        }
        int appended = signature.indexOf('/');
        if (appended >= 0) {
          suffix = WebhookHandler.below("", signature.substring(appended));
          signature = signature.substring(0, appended);
        }
      } else if (!pair.isEmpty()) {
        rest.add(pair);
      }
    }
    if (executionId.isEmpty() || !key.verify(tenant, executionId, signature)) {
      throw new RequestRefused(
          401, ErrorCode.UNAUTHORIZED, "The signature of this URL is missing or wrong");
    }
    return new SignedPath(executionId, decode(suffix), String.join("&", rest));
  }

  private static String decode(String text) {
    try {
      // In a path a plus sign is itself.
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException brokenEscape) {
      return text;
    }
  }
}
