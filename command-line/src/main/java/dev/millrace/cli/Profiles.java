package dev.millrace.cli;

import dev.millrace.cli.api.JsonObject;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The servers that a user is signed in at, each under a name, with an API key: {@code
 * ~/.config/millrace/credentials.json}. Nobody but him may read the file.
 */
final class Profiles {
  static final String PRESET = "default";

  private static final Set<PosixFilePermission> OWNER_ONLY =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private final Path file;

  /**
   * A sign-in.
   *
   * @param url the server's, without a slash at its end
   * @param key its secret
   * @param keyId by which the key can be deleted
   * @param email whose key it is
   * @param expiresAt when the key ends, as the server said it
   */
  record Profile(URI url, String key, String keyId, String email, String expiresAt) {
    /** A text keeps the key to itself. */
    @Override
    public String toString() {
      return "Profile[" + url + ", " + email + "]";
    }
  }

  Profiles(Path file) {
    this.file = file;
  }

  /** The file of a user: in {@code XDG_CONFIG_HOME} where that is set. */
  static Profiles of(Surroundings here) {
    Path config =
        here.variable("XDG_CONFIG_HOME")
            .map(Path::of)
            .filter(Path::isAbsolute)
            .orElseGet(() -> here.home().resolve(".config"));
    return new Profiles(config.resolve("millrace").resolve("credentials.json"));
  }

  Path file() {
    return file;
  }

  /**
   * All profiles by name; none where the file is not there.
   *
   * @throws MillraceException {@code PROFILES_UNUSABLE}
   */
  Map<String, Profile> all() {
    Map<String, Profile> profiles = new LinkedHashMap<>();
    if (!Files.exists(file)) {
      return profiles;
    }
    try {
      if (posix() && !OWNER_ONLY.containsAll(Files.getPosixFilePermissions(file))) {
        throw unusable(
            "may be read by others; run chmod 600 on it, and sign in again if somebody may have",
            null);
      }
      JsonObject.of(Json.parse(Files.readAllBytes(file)))
          .object("profiles")
          .raw()
          .forEach((name, value) -> profile(value).ifPresent(known -> profiles.put(name, known)));
    } catch (IOException unreadable) {
      throw unusable("cannot be read", unreadable);
    } catch (MillraceException notJson) {
      if (notJson.code() == ErrorCode.PROFILES_UNUSABLE) {
        throw notJson;
      }
      // What a parser says may quote a key.
      throw unusable("is not JSON; delete it", null);
    }
    return profiles;
  }

  Optional<Profile> find(String name) {
    return Optional.ofNullable(all().get(name));
  }

  /** Keeps a profile, in place of one with its name. */
  void put(String name, Profile profile) {
    Map<String, Profile> profiles = all();
    profiles.put(name, profile);
    write(profiles);
  }

  void remove(String name) {
    Map<String, Profile> profiles = all();
    if (profiles.remove(name) != null) {
      write(profiles);
    }
  }

  private static Optional<Profile> profile(@Nullable Object value) {
    JsonObject json = JsonObject.of(value);
    if (!json.has("url") || !json.has("apiKey")) {
      return Optional.empty();
    }
    return Optional.of(
        new Profile(
            Connection.address(json.text("url")),
            json.text("apiKey"),
            json.text("keyId"),
            json.text("email"),
            json.text("expiresAt")));
  }

  private void write(Map<String, Profile> profiles) {
    Map<String, @Nullable Object> byName = new LinkedHashMap<>();
    profiles.forEach((name, profile) -> {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("url", profile.url().toString());
      json.put("email", profile.email());
      json.put("apiKey", profile.key());
      json.put("keyId", profile.keyId());
      json.put("expiresAt", profile.expiresAt());
      byName.put(name, json);
    });
    String text = Json.pretty(Map.of("profiles", byName), 2) + "\n";
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder == null) {
        throw new IOException("no folder");
      }
      Files.createDirectories(folder);
      // It is nobody's to read at any time, and there whole or not at all.
      Path next =
          posix()
              ? Files.createTempFile(
                  folder, ".credentials", ".tmp", PosixFilePermissions.asFileAttribute(OWNER_ONLY))
              : Files.createTempFile(folder, ".credentials", ".tmp");
      try {
        Files.writeString(next, text);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(next);
      }
    } catch (IOException failed) {
      throw unusable("cannot be written", failed);
    }
  }

  private boolean posix() {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private MillraceException unusable(String what, @Nullable IOException cause) {
    return new MillraceException(
        ErrorCode.PROFILES_UNUSABLE,
        file + " " + what + (cause == null ? "" : ": " + cause.getClass().getSimpleName()));
  }
}
