package dev.millrace.standalone;

import dev.millrace.binary.FileRetention;
import dev.millrace.binary.S3Location;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Where a command line has the files of items kept, and for how long. */
final class StorageOptions {
  @Spec(Target.MIXEE)
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(
      names = "--objects",
      paramLabel = "s3://BUCKET[/PREFIX]",
      description =
          "Keep files there instead of in the data folder. The environment has the rest:"
              + " AWS_ENDPOINT_URL for another service than Amazon's, AWS_REGION,"
              + " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
  private @Nullable String objects;

  @Option(
      names = "--keep-files",
      paramLabel = "DAYS",
      defaultValue = "14",
      description =
          "How long files stay after the end of their execution (default: ${DEFAULT-VALUE}).")
  private int days;

  /**
   * @throws dev.millrace.error.MillraceException {@code INVALID_REQUEST} when it is no location
   */
  Storage storage() {
    if (days < 1) {
      throw new ParameterException(
          spec.commandLine(), "--keep-files takes a number of days from 1 on");
    }
    String location = objects;
    return new Storage(
        location == null ? null : S3Location.parse(location, System.getenv()),
        Duration.ofDays(days));
  }

  /**
   * Where files are kept.
   *
   * @param objects null for the data folder
   * @param keep how long after the end of their execution
   */
  record Storage(@Nullable S3Location objects, Duration keep) {
    static final Storage DEFAULT = new Storage(null, FileRetention.DEFAULT);
  }
}
