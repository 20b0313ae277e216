package dev.millrace.standalone;

import dev.millrace.binary.AllowedFolders;
import dev.millrace.binary.FileBinaryStore;
import dev.millrace.binary.FileTypes;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.http.ApacheOutgoingHttp;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.http.OutgoingHttpSettings;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.LocalFiles;
import dev.millrace.node.NodeCredentials;
import dev.millrace.node.NodeServices;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What nodes reach beside the engine.
 *
 * @param credentials the secrets that nodes name
 * @param http the way out by HTTP; closed with it
 * @param binaries the files of items
 * @param localFiles the files of the machine that workflows may use
 */
record Outside(
    NodeCredentials credentials, OutgoingHttp http, BinaryStore binaries, LocalFiles localFiles)
    implements AutoCloseable {

  /** What an operator lets workflows reach beside public addresses. */
  record Allowed(List<String> outgoing, List<Path> folders) {
    static final Allowed NOTHING = new Allowed(List.of(), List.of());
  }

  /** Nothing at all. */
  static Outside none() {
    return new Outside(
        NodeCredentials.none(), OutgoingHttp.none(), BinaryStore.none(), LocalFiles.none());
  }

  /**
   * The real one.
   *
   * @param data holds the files of items, and is closed to workflows
   * @throws MillraceException {@code UNREADABLE_FILE} when a folder cannot be used
   */
  static Outside of(NodeCredentials credentials, DataFolder data, Allowed allowed) {
    return of(credentials, data, data.files(), allowed);
  }

  /**
   * The same with a folder of its own for the files of items.
   *
   * @param files shared by all processes of an installation
   */
  static Outside of(NodeCredentials credentials, DataFolder data, Path files, Allowed allowed) {
    return of(
        credentials,
        new ApacheOutgoingHttp(
            settings(Runtime.getRuntime().maxMemory()).withAllowed(allowed.outgoing())),
        data,
        files,
        allowed.folders());
  }

  /**
   * An answer is held several times over while it is read and becomes items: of 400 MiB of heap one
   * may have 33.
   */
  static OutgoingHttpSettings settings(long heap) {
    OutgoingHttpSettings settings = OutgoingHttpSettings.DEFAULT;
    return settings.withLimits(
        Math.min(settings.bufferedBytes(), heap / 12), settings.streamedBytes());
  }

  /** The same with another way out. */
  static Outside of(
      NodeCredentials credentials, OutgoingHttp http, DataFolder data, List<Path> folders) {
    return of(credentials, http, data, data.files(), folders);
  }

  private static Outside of(
      NodeCredentials credentials,
      OutgoingHttp http,
      DataFolder data,
      Path files,
      List<Path> folders) {
    try {
      return new Outside(
          credentials,
          http,
          new FileBinaryStore(files, FileBinaryStore.Limits.DEFAULT, FileTypes.load()),
          folders.isEmpty()
              ? LocalFiles.none()
              : new AllowedFolders(folders, List.of(data.root(), files)));
    } catch (IOException unusable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, "a folder for files cannot be used: " + unusable, unusable);
    }
  }

  /** What nodes are given of it. */
  NodeServices services(ExpressionEngine expressions) {
    return new NodeServices(expressions, credentials, http, binaries, localFiles);
  }

  @Override
  public void close() {
    http.close();
  }
}
