package dev.millrace.resume;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * Makes the URL by which an execution that waits is called: {@code
 * <base>/webhook-waiting/<execution>?signature=<signature>}. Thread-safe.
 */
@FunctionalInterface
public interface ResumeUrls {
  /** Where calls come in. */
  String WEBHOOK_PREFIX = "/webhook-waiting/";

  /** Where forms are shown. */
  String FORM_PREFIX = "/form-waiting/";

  /** The query's name for the signature. */
  String SIGNATURE = "signature";

  /** Nothing serves such URLs. */
  ResumeUrls NONE = (tenant, executionId) -> "";

  /** The URL; empty where nothing serves such URLs. */
  String of(String tenant, String executionId);

  /**
   * @param baseUrl what callers put before the path, without a slash at its end; empty as long as
   *     it is not known
   */
  static ResumeUrls signed(Supplier<String> baseUrl, ResumeKey key) {
    return (tenant, executionId) -> {
      String base = baseUrl.get();
      return base.isEmpty()
          ? ""
          : base
              + WEBHOOK_PREFIX
              + URLEncoder.encode(executionId, StandardCharsets.UTF_8).replace("+", "%20")
              + "?"
              + SIGNATURE
              + "="
              + key.sign(tenant, executionId);
    };
  }
}
