package dev.millrace.standalone;

import dev.millrace.control.db.Database;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.standalone.embedded.RedisSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/**
 * Which PostgreSQL and Redis a command line, or the environment, names instead of those that come
 * along. An option goes before the variable of the same name. Passwords come from files or
 * variables alone: options are seen by everybody on the machine.
 */
final class ControlStoreOptions {
  private static final String DATABASE = "MILLRACE_DATABASE_";
  private static final String REDIS = "MILLRACE_REDIS_";
  private static final String JDBC = "jdbc:postgresql://";
  private static final int CONNECTIONS = 10;

  private final Map<String, String> environment;

  @Spec(Target.MIXEE)
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(
      names = "--database-url",
      paramLabel = "jdbc:postgresql://HOST[:PORT]/NAME",
      description =
          "Keep users, workflows and history in this PostgreSQL instead of the one that comes along"
              + " (MILLRACE_DATABASE_URL).")
  private @Nullable String databaseUrl;

  @Option(
      names = "--database-replica-url",
      paramLabel = "URL",
      description =
          "A read replica of it, which lists are read from (MILLRACE_DATABASE_REPLICA_URL).")
  private @Nullable String replicaUrl;

  @Option(
      names = "--database-user",
      paramLabel = "NAME",
      description = "Its user; millrace by default (MILLRACE_DATABASE_USER).")
  private @Nullable String databaseUser;

  @Option(
      names = "--database-password-file",
      paramLabel = "FILE",
      description =
          "The file with the user's password (MILLRACE_DATABASE_PASSWORD_FILE, or the password in"
              + " MILLRACE_DATABASE_PASSWORD).")
  private @Nullable String databasePasswordFile;

  @Option(
      names = "--redis-url",
      paramLabel = "redis[s]://[USER@]HOST[:PORT][/N]",
      description =
          "Keep sessions in this Redis instead of the one that comes along (MILLRACE_REDIS_URL).")
  private @Nullable String redisUrl;

  @Option(
      names = "--redis-password-file",
      paramLabel = "FILE",
      description =
          "The file with its password (MILLRACE_REDIS_PASSWORD_FILE, or the password in"
              + " MILLRACE_REDIS_PASSWORD).")
  private @Nullable String redisPasswordFile;

  ControlStoreOptions() {
    this(System.getenv());
  }

  /**
   * With other variables than those of this process.
   *
   * @param environment an empty value is none
   */
  ControlStoreOptions(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * @throws ParameterException when what is named does not go together
   * @throws MillraceException {@code UNREADABLE_FILE} when a password's file cannot be read
   */
  ControlStores.Settings settings() {
    return new ControlStores.Settings(database(), redis());
  }

  private Optional<Database.Settings> database() {
    Optional<String> url = given(databaseUrl, DATABASE + "URL");
    Optional<String> replica = given(replicaUrl, DATABASE + "REPLICA_URL");
    Optional<String> user = given(databaseUser, DATABASE + "USER");
    Optional<String> password = password(databasePasswordFile, DATABASE + "PASSWORD");
    if (url.isEmpty()) {
      requireNone("--database-url", Stream.of(replica, user, password));
      return Optional.empty();
    }
    return Optional.of(
        new Database.Settings(
            checked("--database-url", url.get()),
            user.orElse("millrace"),
            password.orElse(""),
            replica.map(named -> checked("--database-replica-url", named)),
            CONNECTIONS));
  }

  private Optional<RedisSettings> redis() {
    Optional<String> url = given(redisUrl, REDIS + "URL");
    Optional<String> password = password(redisPasswordFile, REDIS + "PASSWORD");
    if (url.isEmpty()) {
      requireNone("--redis-url", Stream.of(password));
      return Optional.empty();
    }
    RedisSettings named = RedisSettings.of(url.get(), Optional.empty());
    if (redisUrl != null && named.hasPassword()) {
      throw new ParameterException(
          spec.commandLine(),
          "--redis-url has a password, which others would see: use --redis-password-file");
    }
    return Optional.of(password.isPresent() ? RedisSettings.of(url.get(), password) : named);
  }

  private String checked(String option, String url) {
    if (!url.startsWith(JDBC)) {
      throw new ParameterException(
          spec.commandLine(), option + " needs a URL such as " + JDBC + "db.example.com/millrace");
    }
    if (url.contains("password=") || url.contains("@")) {
      throw new ParameterException(
          spec.commandLine(),
          option + " has a user or password: use --database-user and --database-password-file");
    }
    return url;
  }

  /** A user or a password without an address is one that was forgotten. */
  private void requireNone(String option, Stream<Optional<String>> others) {
    if (others.anyMatch(Optional::isPresent)) {
      throw new ParameterException(
          spec.commandLine(), "there is a user, a password or a replica, but no " + option);
    }
  }

  private Optional<String> given(@Nullable String option, String variable) {
    return option != null
        ? Optional.of(option)
        : Optional.ofNullable(environment.get(variable)).filter(value -> !value.isEmpty());
  }

  private Optional<String> password(@Nullable String fileOption, String variable) {
    Optional<String> file = given(fileOption, variable + "_FILE");
    return file.isPresent() ? file.map(ControlStoreOptions::read) : given(null, variable);
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file)).strip();
    } catch (IOException unreadable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, "the password in " + file + " cannot be read", unreadable);
    }
  }
}
