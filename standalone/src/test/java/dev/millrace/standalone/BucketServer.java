package dev.millrace.standalone;

import dev.millrace.binary.S3Location;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;

/**
 * A real S3 server in this process, with files of a folder behind it. While it runs, the properties
 * of this process hold what it wants to be shown.
 */
final class BucketServer implements AutoCloseable {
  private static final String BUCKET = "millrace-files";
  private static final String IDENTITY = "aws.accessKeyId";
  private static final String SECRET = "aws.secretAccessKey";

  private final S3Proxy server;
  private final Path bucket;

  BucketServer(Path folder) throws Exception {
    Properties properties = new Properties();
    properties.put("s3proxy.endpoint", "http://127.0.0.1:0");
    properties.put("s3proxy.authorization", "aws-v2-or-v4");
    properties.put("s3proxy.identity", "access");
    properties.put("s3proxy.credential", "very secret");
    properties.put("jclouds.provider", "filesystem-nio2");
    properties.put("jclouds.filesystem.basedir", folder.toString());
    // A folder is a bucket.
    bucket = Files.createDirectories(folder.resolve(BUCKET));
    server =
        S3Proxy.Builder.fromProperties(properties)
            .blobStore(BlobStores.create("filesystem-nio2", properties))
            .build();
    server.start();
    System.setProperty(IDENTITY, "access");
    System.setProperty(SECRET, "very secret");
  }

  S3Location location(String prefix) {
    return new S3Location(
        BUCKET, prefix, URI.create("http://127.0.0.1:" + server.getPort()), "us-east-1");
  }

  /** What lies in the bucket. */
  List<Path> objects() throws IOException {
    try (Stream<Path> all = Files.walk(bucket)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  @Override
  public void close() throws IOException {
    System.clearProperty(IDENTITY);
    System.clearProperty(SECRET);
    try {
      server.stop();
    } catch (Exception notStopped) {
      throw new IOException(notStopped);
    }
  }
}
