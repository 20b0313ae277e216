package dev.millrace.standalone;

import dev.millrace.binary.S3Location;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Where a command line has the files of items kept. */
final class StorageOptions {
  @ArgGroup private Place place = new Place();

  /** One of them at most. */
  private static final class Place {
    @Option(
        names = "--objects",
        paramLabel = "s3://BUCKET[/PREFIX]",
        description =
            "Keep files there instead of in the data folder. The environment has the rest:"
                + " AWS_ENDPOINT_URL for another service than Amazon's, AWS_REGION,"
                + " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
    private @Nullable String objects;

    @Option(
        names = "--files",
        paramLabel = "DIR",
        description =
            "Keep files in this folder instead of in the data folder. Parts that run alone need one"
                + " that they share, or a bucket.")
    private @Nullable Path folder;
  }

  /**
   * @throws dev.millrace.error.MillraceException {@code INVALID_REQUEST} when the bucket is none
   */
  Storage storage() {
    String location = place.objects;
    return new Storage(
        location == null ? null : S3Location.parse(location, System.getenv()), place.folder);
  }
}
