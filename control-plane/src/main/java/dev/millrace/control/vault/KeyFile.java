package dev.millrace.control.vault;

import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/**
 * Keys from a file, the newest first, that its owner alone may read. It is read again when a key is
 * asked for that was not in it, so that another process may add one. What its keys encrypted is
 * lost with it: it belongs into the backup, apart from the database.
 */
public final class KeyFile implements KeyEncryption {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final Path file;
  private volatile LocalKeys keys;

  private KeyFile(Path file) throws IOException {
    this.file = file;
    if (Files.notExists(file)) {
      create(file);
    }
    this.keys = new LocalKeys(read(file));
  }

  /**
   * Opens a file; one that is not there is made, with a new key. Of several processes that begin at
   * once all get the same.
   *
   * @throws MillraceException {@code ENCRYPTION_KEY_UNUSABLE} when it cannot be read or made, or
   *     others may read it
   */
  public static KeyFile open(Path file) {
    try {
      return new KeyFile(file);
    } catch (IOException failed) {
      throw unusable(file, failed);
    }
  }

  /** The newest key itself, for what is not a {@link KeyEncryption}. The caller closes it. */
  static Secret newest(Path file) {
    try {
      if (Files.notExists(file)) {
        create(file);
      }
      return read(file).getFirst();
    } catch (IOException failed) {
      throw unusable(file, failed);
    }
  }

  /** Puts a new key before the others, which wraps from now on. */
  public synchronized void addKey() {
    try {
      Path next = written(file, newKey() + "\n" + Files.readString(file));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
      keys = new LocalKeys(read(file));
    } catch (IOException failed) {
      throw unusable(file, failed);
    }
  }

  @Override
  public Wrapped wrap(Secret dataKey, byte[] context) {
    return keys.wrap(dataKey, context);
  }

  @Override
  public Secret unwrap(Wrapped wrapped, byte[] context) {
    knows(wrapped.keyId());
    return keys.unwrap(wrapped, context);
  }

  @Override
  public String newestKeyId() {
    return keys.newestKeyId();
  }

  @Override
  public boolean knows(String keyId) {
    if (keys.knows(keyId)) {
      return true;
    }
    if (keyId.startsWith(LocalKeys.PREFIX)) {
      try {
        keys = new LocalKeys(read(file));
      } catch (IOException failed) {
        throw unusable(file, failed);
      }
    }
    return keys.knows(keyId);
  }

  private static void create(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    Path made = written(file, newKey() + "\n");
    try {
      // A link appears with its whole content, and only if nobody else was there before.
      Files.createLink(file, made);
    } catch (FileAlreadyExistsException another) {
      // The key of whoever was first counts.
    } finally {
      Files.deleteIfExists(made);
    }
  }

  private static Path written(Path file, String text) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Path next =
        Files.createTempFile(
            folder == null ? Path.of("") : folder,
            ".key",
            ".tmp",
            PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    return next;
  }

  private static List<Secret> read(Path file) throws IOException {
    if (!OWNER_ONLY.containsAll(Files.getPosixFilePermissions(file))) {
      throw LocalKeys.unusable(
          "The key file "
              + file
              + " may be read or changed by others: run chmod 600 on it, and replace the key if"
              + " somebody may have seen it");
    }
    return LocalKeys.decoded(Files.readString(file), "the key file " + file);
  }

  private static String newKey() {
    try (Secret key = Secret.random(AesGcm.KEY_BYTES)) {
      return key.use(Base64.getEncoder()::encodeToString);
    }
  }

  // A message of the file system names the file alone, but a decoder's could quote the key.
  private static MillraceException unusable(Path file, IOException failed) {
    return LocalKeys.unusable(
        "The key file " + file + " cannot be used: " + failed.getClass().getSimpleName());
  }
}
