package dev.millrace.control.vault;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Secrets of a folder with one file for each, as Kubernetes and Docker mount them. Its name is the
 * file's; of a name with dots, the file {@code shop.key} counts before {@code shop/key}. One line
 * end at the end of a file is not part of the secret.
 */
public final class FolderSecrets implements SecretSource {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_$-]+(\\.[A-Za-z0-9_$-]+)*");
  private static final int MAX_BYTES = 1 << 20;

  private final Path folder;

  public FolderSecrets(Path folder) {
    this.folder = folder;
  }

  @Override
  public Optional<Secret> read(String name) {
    if (!NAME.matcher(name).matches()) {
      return Optional.empty();
    }
    Path whole = folder.resolve(name);
    return content(Files.isRegularFile(whole) ? whole : folder.resolve(name.replace('.', '/')));
  }

  private static Optional<Secret> content(Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        return Optional.empty();
      }
      if (Files.size(file) > MAX_BYTES) {
        throw unreadable(file);
      }
      byte[] bytes = Files.readAllBytes(file);
      int end = bytes.length;
      if (end > 0 && bytes[end - 1] == '\n') {
        end -= end > 1 && bytes[end - 2] == '\r' ? 2 : 1;
      }
      Secret secret = Secret.taking(Arrays.copyOf(bytes, end));
      Arrays.fill(bytes, (byte) 0);
      return Optional.of(secret);
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    } catch (IOException failed) {
      throw unreadable(file);
    }
  }

  private static MillraceException unreadable(Path file) {
    return new MillraceException(
        ErrorCode.SECRET_UNRESOLVED, "The secret in the file " + file + " cannot be read");
  }
}
