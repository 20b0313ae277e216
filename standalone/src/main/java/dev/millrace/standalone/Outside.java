package dev.millrace.standalone;

import dev.millrace.binary.AllowedFolders;
import dev.millrace.binary.FileBinaryStore;
import dev.millrace.binary.FileRetention;
import dev.millrace.binary.FileTypes;
import dev.millrace.binary.LiveExecutions;
import dev.millrace.binary.S3Location;
import dev.millrace.binary.StoreLimits;
import dev.millrace.binary.StoredFiles;
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
import dev.millrace.node.TableStore;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What nodes reach beside the engine.
 *
 * @param credentials the secrets that nodes name
 * @param http the way out by HTTP; closed with it
 * @param binaries the files of items
 * @param localFiles the files of the machine that workflows may use
 * @param tables the data tables of projects
 * @param stored the files of items for those who clean up, null where none are kept
 */
record Outside(
    NodeCredentials credentials,
    OutgoingHttp http,
    BinaryStore binaries,
    LocalFiles localFiles,
    TableStore tables,
    @Nullable StoredFiles stored)
    implements AutoCloseable {

  /** What an operator lets workflows reach beside public addresses. */
  record Allowed(List<String> outgoing, List<Path> folders) {
    static final Allowed NOTHING = new Allowed(List.of(), List.of());
  }

  /** Nothing at all. */
  static Outside none() {
    return new Outside(
        NodeCredentials.none(),
        OutgoingHttp.none(),
        BinaryStore.none(),
        LocalFiles.none(),
        TableStore.none(),
        null);
  }

  /**
   * The real one.
   *
   * @param data holds the files of items, and is closed to workflows
   * @throws MillraceException {@code UNREADABLE_FILE} when a folder cannot be used
   */
  static Outside of(NodeCredentials credentials, DataFolder data, Allowed allowed) {
    return of(credentials, data, allowed, Storage.DATA_FOLDER);
  }

  /**
   * The same with files elsewhere.
   *
   * @throws MillraceException {@code OBJECT_STORE_UNAVAILABLE} when the object store refuses, too
   */
  static Outside of(
      NodeCredentials credentials, DataFolder data, Allowed allowed, Storage storage) {
    return of(
        credentials,
        new ApacheOutgoingHttp(
            settings(Runtime.getRuntime().maxMemory()).withAllowed(allowed.outgoing())),
        data,
        allowed.folders(),
        storage);
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
    return of(credentials, http, data, folders, Storage.DATA_FOLDER);
  }

  private static Outside of(
      NodeCredentials credentials,
      OutgoingHttp http,
      DataFolder data,
      List<Path> folders,
      Storage storage) {
    try {
      S3Location objects = storage.objects();
      if (objects != null) {
        var store = S3Objects.open(objects, data.spool());
        return new Outside(
            credentials,
            http,
            store,
            allowed(folders, List.of(data.root())),
            TableStore.none(),
            store);
      }
      Path folder = storage.folder();
      Path files = folder == null ? data.files() : folder;
      var store = new FileBinaryStore(files, StoreLimits.DEFAULT, FileTypes.load());
      return new Outside(
          credentials,
          http,
          store,
          allowed(folders, List.of(data.root(), files)),
          TableStore.none(),
          store);
    } catch (IOException unusable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, "a folder for files cannot be used: " + unusable, unusable);
    }
  }

  private static LocalFiles allowed(List<Path> folders, List<Path> closed) throws IOException {
    return folders.isEmpty() ? LocalFiles.none() : new AllowedFolders(folders, closed);
  }

  /** The same with data tables. */
  Outside withTables(TableStore other) {
    return new Outside(credentials, http, binaries, localFiles, other, stored);
  }

  /** What nodes are given of it. */
  NodeServices services(ExpressionEngine expressions) {
    return new NodeServices(expressions, credentials, http, binaries, localFiles, tables);
  }

  /**
   * Begins to remove old files, in a thread of its own; empty where none are kept.
   *
   * @param executions those whose files are still needed
   * @param keep how long files stay after the end of their execution
   */
  Optional<FileCleaner> startCleaner(LiveExecutions executions, Duration keep) {
    return Optional.ofNullable(stored)
        .map(files ->
            FileCleaner.start(new FileRetention(files, executions, keep, InstantSource.system())));
  }

  @Override
  public void close() {
    http.close();
    if (binaries instanceof Closeable connected) {
      try {
        connected.close();
      } catch (IOException notClosed) {
        throw new UncheckedIOException(notClosed);
      }
    }
  }
}
