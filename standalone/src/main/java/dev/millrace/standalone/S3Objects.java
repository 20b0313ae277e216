package dev.millrace.standalone;

import dev.millrace.binary.FileTypes;
import dev.millrace.binary.S3BinaryStore;
import dev.millrace.binary.S3Location;
import dev.millrace.binary.StoreLimits;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Opens a bucket. A class of its own, so that others do not load the client of S3. */
final class S3Objects {
  private static final Logger LOG = LoggerFactory.getLogger(S3Objects.class);

  private S3Objects() {}

  /**
   * With the credentials that Amazon's own tools would take: environment, profile, container.
   *
   * @param spool a folder of this process
   * @throws MillraceException {@code OBJECT_STORE_UNAVAILABLE} when the service refuses; one that
   *     cannot be reached now may be back when it is needed
   */
  static S3BinaryStore open(S3Location location, Path spool) throws IOException {
    S3BinaryStore store =
        new S3BinaryStore(
            location,
            DefaultCredentialsProvider.builder().build(),
            spool,
            StoreLimits.DEFAULT,
            FileTypes.load());
    try {
      store.check();
    } catch (MillraceException failed) {
      if (failed.getCause() instanceof S3Exception answered && answered.statusCode() < 500) {
        store.close();
        throw failed;
      }
      LOG.warn("{}: {}", failed.code().code(), failed.text());
    }
    return store;
  }
}
