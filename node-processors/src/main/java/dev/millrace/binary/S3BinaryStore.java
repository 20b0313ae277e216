package dev.millrace.binary;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Files of items in a bucket of a service that speaks S3, which all processes share: {@code
 * PREFIX/EXECUTION/NAME}. Content that does not stay in its item is spooled to this machine's disk
 * and sent from there, so that its size and name are known, a call that failed is sent again, and
 * the heap holds nothing of it.
 *
 * <p>The name is a hash of execution and content: a task that is run again, by whatever process,
 * stores the same object once more instead of a second one. Who knows the content's own hash does
 * not know the name, so an item that a user's code made cannot reach other files with it.
 *
 * <p>A service that cannot be reached is asked several times within some seconds, then the error is
 * {@code OBJECT_STORE_UNAVAILABLE}; nothing is kept then, and it can be tried again.
 */
public final class S3BinaryStore extends SpooledBinaryStore implements Closeable {
  /** The storage mode: n8n's name for files in S3. */
  public static final String MODE = "s3";

  private static final Logger LOG = LoggerFactory.getLogger(S3BinaryStore.class);
  private static final Pattern REFERENCE =
      Pattern.compile(MODE + ":(" + ExecutionFolders.PATTERN + ")/([0-9a-f]{64})");

  /** What is larger is sent in parts, so that a failure repeats one of them and not everything. */
  static final long PART_BYTES = 32L << 20;

  /** An object without content whose time says when files were renewed. */
  private static final String RENEWED = "renewed";

  private final S3Location location;
  private final Path spool;
  private final S3Client client;

  /**
   * @param spool a folder of this process alone, made when it does not exist; what a process that
   *     was killed left in it is removed
   * @param credentials asked for each call
   */
  public S3BinaryStore(
      S3Location location,
      AwsCredentialsProvider credentials,
      Path spool,
      StoreLimits limits,
      FileTypes types)
      throws IOException {
    super(limits, types, MODE, REFERENCE);
    this.location = location;
    this.spool = Files.createDirectories(spool);
    try (DirectoryStream<Path> left = Files.newDirectoryStream(spool, "upload-*")) {
      for (Path file : left) {
        Files.delete(file);
      }
    }
    S3ClientBuilder builder =
        S3Client.builder()
            .region(Region.of(location.region()))
            .credentialsProvider(credentials)
            // Bucket names in host names need DNS that most other services do not have.
            .forcePathStyle(true)
            // By default each upload has a trailer that many other services do not understand.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .connectionTimeout(Duration.ofSeconds(5))
                    .socketTimeout(Duration.ofSeconds(30)));
    if (location.endpoint() != null) {
      builder.endpointOverride(location.endpoint());
    }
    this.client = builder.build();
  }

  /**
   * Looks whether the bucket is there and may be used.
   *
   * @throws MillraceException {@code OBJECT_STORE_UNAVAILABLE} when it is not, with the reason
   */
  public void check() {
    call(() -> client.headBucket(b -> b.bucket(location.bucket())));
  }

  @Override
  InputStream open(BinaryData file, MatchResult reference) throws IOException {
    String key = location.prefix() + reference.group(1) + "/" + reference.group(2);
    try {
      return new Download(call(() -> client.getObject(b -> b.bucket(location.bucket()).key(key))));
    } catch (MillraceException failed) {
      throw failed.getCause() instanceof NoSuchKeyException ? gone(file) : failed;
    }
  }

  @Override
  Path spool(String executionId) throws IOException {
    Path file = Files.createTempFile(spool, "upload-", "");
    // Only its name was wanted: whoever writes it makes it.
    Files.delete(file);
    return file;
  }

  @Override
  String keep(String executionId, Path spooled) throws IOException {
    String folder = ExecutionFolders.name(executionId);
    String name = name(executionId, spooled);
    String key = location.prefix() + folder + "/" + name;
    long bytes = Files.size(spooled);
    if (bytes <= PART_BYTES) {
      call(() ->
          client.putObject(
              b -> b.bucket(location.bucket()).key(key), RequestBody.fromFile(spooled)));
    } else {
      sendInParts(key, spooled, bytes);
    }
    return MODE + ":" + folder + "/" + name;
  }

  private static String name(String executionId, Path spooled) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException everyJreHasIt) {
      throw new IllegalStateException(everyJreHasIt);
    }
    byte[] execution = executionId.getBytes(StandardCharsets.UTF_8);
    digest.update(execution);
    digest.update((byte) 0);
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(spooled)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private void sendInParts(String key, Path spooled, long bytes) {
    String upload =
        call(() -> client.createMultipartUpload(b -> b.bucket(location.bucket()).key(key)))
            .uploadId();
    boolean whole = false;
    try {
      List<CompletedPart> parts = new ArrayList<>();
      for (long from = 0; from < bytes; from += PART_BYTES) {
        FilePart part = new FilePart(spooled, from, Math.min(PART_BYTES, bytes - from));
        int number = parts.size() + 1;
        String tag =
            call(() ->
                    client.uploadPart(
                        b ->
                            b.bucket(location.bucket())
                                .key(key)
                                .uploadId(upload)
                                .partNumber(number),
                        RequestBody.fromContentProvider(
                            part::open, part.length(), "application/octet-stream")))
                .eTag();
        parts.add(CompletedPart.builder().partNumber(number).eTag(tag).build());
      }
      call(() ->
          client.completeMultipartUpload(b ->
              b.bucket(location.bucket())
                  .key(key)
                  .uploadId(upload)
                  .multipartUpload(m -> m.parts(parts))));
      whole = true;
    } finally {
      if (!whole) {
        abort(key, upload);
      }
    }
  }

  private void abort(String key, String upload) {
    try {
      client.abortMultipartUpload(b -> b.bucket(location.bucket()).key(key).uploadId(upload));
    } catch (SdkException away) {
      LOG.debug("Parts of {} are left for the next clean-up", key, away);
    }
  }

  @Override
  public void delete(String executionId) {
    deleteFolder(ExecutionFolders.name(executionId));
    forget(executionId);
  }

  @Override
  public int review(Instant quietSince, Review review) {
    int deleted = 0;
    String folder = null;
    Instant lastSign = Instant.MIN;
    // In the order of their keys, so those of one execution follow each other.
    for (S3Object object : objects(location.prefix())) {
      String name = folderOf(object);
      if (name == null) {
        continue;
      }
      if (folder != null && !folder.equals(name)) {
        deleted += review(folder, lastSign, quietSince, review) ? 1 : 0;
        lastSign = Instant.MIN;
      }
      folder = name;
      lastSign = lastSign.isAfter(object.lastModified()) ? lastSign : object.lastModified();
    }
    if (folder != null) {
      deleted += review(folder, lastSign, quietSince, review) ? 1 : 0;
    }
    abortUploads(quietSince);
    return deleted;
  }

  private boolean review(String folder, Instant lastSign, Instant quietSince, Review review) {
    if (!lastSign.isBefore(quietSince)) {
      return false;
    }
    String executionId = ExecutionFolders.executionId(folder);
    return switch (review.of(executionId, lastSign)) {
      case KEEP -> false;
      case RENEW -> {
        call(() ->
            client.putObject(
                b -> b.bucket(location.bucket()).key(location.prefix() + folder + "/" + RENEWED),
                RequestBody.empty()));
        yield false;
      }
      case DELETE -> {
        deleteFolder(folder);
        forget(executionId);
        yield true;
      }
    };
  }

  /** The folder of an execution that an object lies in, null for what is not ours. */
  private @Nullable String folderOf(S3Object object) {
    String key = object.key().substring(location.prefix().length());
    int slash = key.indexOf('/');
    String folder = slash < 0 ? "" : key.substring(0, slash);
    return folder.matches(ExecutionFolders.PATTERN) ? folder : null;
  }

  /** Asks for a page at a time, so each step may fail. */
  private Iterable<S3Object> objects(String prefix) {
    ListObjectsV2Request all =
        ListObjectsV2Request.builder().bucket(location.bucket()).prefix(prefix).build();
    Iterator<S3Object> found = call(() -> client.listObjectsV2Paginator(all).contents().iterator());
    return () ->
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return call(found::hasNext);
          }

          @Override
          public S3Object next() {
            return call(found::next);
          }
        };
  }

  private void deleteFolder(String folder) {
    List<ObjectIdentifier> batch = new ArrayList<>();
    for (S3Object object : objects(location.prefix() + folder + "/")) {
      batch.add(ObjectIdentifier.builder().key(object.key()).build());
      if (batch.size() == 1000) {
        delete(batch);
        batch.clear();
      }
    }
    if (!batch.isEmpty()) {
      delete(batch);
    }
  }

  private void delete(List<ObjectIdentifier> objects) {
    Delete all = Delete.builder().objects(objects).quiet(true).build();
    DeleteObjectsResponse answer =
        call(() -> client.deleteObjects(b -> b.bucket(location.bucket()).delete(all)));
    if (answer.hasErrors() && !answer.errors().isEmpty()) {
      throw unavailable(answer.errors().getFirst().message(), null);
    }
  }

  /** What a process that was killed left of uploads in parts: no object, but paid for. */
  private void abortUploads(Instant startedBefore) {
    call(() ->
            client.listMultipartUploads(b -> b.bucket(location.bucket()).prefix(location.prefix())))
        .uploads()
        .forEach(upload -> {
          if (upload.initiated() != null && upload.initiated().isBefore(startedBefore)) {
            abort(upload.key(), upload.uploadId());
          }
        });
  }

  /** Ends all connections. */
  @Override
  public void close() {
    client.close();
  }

  private <T> T call(Supplier<T> request) {
    try {
      return request.get();
    } catch (SdkException failed) {
      throw unavailable(reason(failed), failed);
    }
  }

  private static String reason(SdkException failed) {
    if (failed instanceof S3Exception answered) {
      String code =
          answered.awsErrorDetails() == null ? null : answered.awsErrorDetails().errorCode();
      return "it answered " + answered.statusCode() + (code == null ? "" : " " + code);
    }
    return String.valueOf(failed.getMessage());
  }

  private MillraceException unavailable(@Nullable String reason, @Nullable SdkException cause) {
    return new MillraceException(
        ErrorCode.OBJECT_STORE_UNAVAILABLE,
        "The object store " + location + " cannot be used: " + reason,
        cause);
  }

  /** A part of a spooled file, which can be read again where sending it failed. */
  private record FilePart(Path file, long from, long length) {
    InputStream open() {
      try {
        InputStream in = Files.newInputStream(file);
        in.skipNBytes(from);
        return new Bounded(in, length);
      } catch (IOException unreadable) {
        throw new java.io.UncheckedIOException(unreadable);
      }
    }
  }

  private static final class Bounded extends FilterInputStream {
    private long left;

    Bounded(InputStream in, long length) {
      super(in);
      this.left = length;
    }

    @Override
    public int read() throws IOException {
      int b = left > 0 ? in.read() : -1;
      left -= b < 0 ? 0 : 1;
      return b;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int n = left > 0 ? in.read(into, offset, (int) Math.min(length, left)) : -1;
      left -= Math.max(n, 0);
      return n;
    }

    @Override
    public long skip(long bytes) throws IOException {
      long skipped = in.skip(Math.min(bytes, left));
      left -= skipped;
      return skipped;
    }

    @Override
    public boolean markSupported() {
      return false;
    }
  }

  /** Content on its way; what breaks it off says where it came from. */
  private final class Download extends FilterInputStream {
    Download(InputStream content) {
      super(content);
    }

    @Override
    public int read() throws IOException {
      byte[] single = new byte[1];
      return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      try {
        return in.read(into, offset, length);
      } catch (IOException | SdkException broken) {
        throw new IOException(
            "The object store " + location + " broke off: " + Objects.toString(broken.getMessage()),
            broken);
      }
    }
  }
}
