package dev.millrace.binary;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where objects lie. Keys are no part of it.
 *
 * @param bucket that exists
 * @param prefix before all object names: empty, or with a slash at its end
 * @param endpoint of a service other than Amazon's, null for Amazon's
 * @param region as the service names it
 */
public record S3Location(String bucket, String prefix, @Nullable URI endpoint, String region) {
  private static final Pattern FORM =
      Pattern.compile("s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9!_.*'()/-]{0,200}))?");

  /** The one that a service takes which has none. */
  private static final String DEFAULT_REGION = "us-east-1";

  /**
   * Reads {@code s3://BUCKET[/PREFIX]}.
   *
   * @param environment endpoint and region stand in it under the names that Amazon's own tools use:
   *     {@code AWS_ENDPOINT_URL_S3} or {@code AWS_ENDPOINT_URL}, {@code AWS_REGION} or {@code
   *     AWS_DEFAULT_REGION}
   * @throws MillraceException {@code INVALID_REQUEST} when it is none
   */
  public static S3Location parse(String text, Map<String, String> environment) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw invalid("\"" + text + "\" is not of the form s3://BUCKET or s3://BUCKET/PREFIX");
    }
    String prefix = matcher.group(2) == null ? "" : matcher.group(2);
    while (prefix.endsWith("/")) {
      prefix = prefix.substring(0, prefix.length() - 1);
    }
    String region = first(environment, "AWS_REGION", "AWS_DEFAULT_REGION");
    return new S3Location(
        matcher.group(1),
        prefix.isEmpty() ? "" : prefix + "/",
        endpoint(first(environment, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")),
        region == null ? DEFAULT_REGION : region);
  }

  private static @Nullable URI endpoint(@Nullable String text) {
    if (text == null) {
      return null;
    }
    try {
      URI uri = new URI(text);
      if (uri.getHost() != null
          && uri.getUserInfo() == null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        return uri;
      }
    } catch (URISyntaxException notOne) {
      // The text is not shown: it may hold a password.
    }
    throw invalid("the endpoint of the object store is no http or https URL without a user");
  }

  private static @Nullable String first(Map<String, String> environment, String... names) {
    for (String name : names) {
      String value = environment.get(name);
      if (value != null && !value.isBlank()) {
        return value.strip();
      }
    }
    return null;
  }

  private static MillraceException invalid(String what) {
    return new MillraceException(ErrorCode.INVALID_REQUEST, what);
  }

  /** For people: the form that it is written in, and the host where it is not Amazon's. */
  @Override
  public String toString() {
    String host = endpoint == null ? "" : " at " + endpoint.getHost();
    return "s3://" + bucket + (prefix.isEmpty() ? "" : "/" + prefix) + host;
  }
}
