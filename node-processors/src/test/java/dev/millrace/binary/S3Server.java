package dev.millrace.binary;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** A real S3 server in this process, with files of a folder behind it. */
final class S3Server implements AutoCloseable {
  static final String BUCKET = "millrace-files";

  private final S3Proxy server;
  private final Path folder;

  S3Server(Path folder, int port) throws Exception {
    Properties properties = new Properties();
    properties.put("s3proxy.endpoint", "http://127.0.0.1:" + port);
    properties.put("s3proxy.authorization", "aws-v2-or-v4");
    properties.put("s3proxy.identity", "access");
    properties.put("s3proxy.credential", "very secret");
    properties.put("jclouds.provider", "filesystem-nio2");
    properties.put("jclouds.filesystem.basedir", folder.toString());
    this.folder = folder;
    // A folder is a bucket.
    Files.createDirectories(folder.resolve(BUCKET));
    server =
        S3Proxy.Builder.fromProperties(properties)
            .blobStore(BlobStores.create("filesystem-nio2", properties))
            .build();
    server.start();
  }

  int port() {
    return server.getPort();
  }

  S3Location location(String prefix) {
    return new S3Location(BUCKET, prefix, URI.create("http://127.0.0.1:" + port()), "us-east-1");
  }

  static AwsCredentialsProvider credentials(String secret) {
    return StaticCredentialsProvider.create(AwsBasicCredentials.create("access", secret));
  }

  Path bucket() {
    return folder.resolve(BUCKET);
  }

  @Override
  public void close() throws IOException {
    try {
      server.stop();
    } catch (Exception notStopped) {
      throw new IOException(notStopped);
    }
  }
}
