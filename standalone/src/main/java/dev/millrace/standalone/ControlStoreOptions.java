package dev.millrace.standalone;

import dev.millrace.control.db.Database;
import dev.millrace.error.MillraceException;
import dev.millrace.standalone.embedded.RedisSettings;
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

  private final OptionOrVariable values;

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
    this.values = new OptionOrVariable(environment);
  }

  /**
   * @throws ParameterException when what is named does not go together
   * @throws MillraceException {@code UNREADABLE_FILE} when a password's file cannot be read
   */
  ControlStores.Settings settings() {
    return new ControlStores.Settings(database(), redis());
  }

  private Optional<Database.Settings> database() {
    Optional<String> url = values.given(databaseUrl, DATABASE + "URL");
    Optional<String> replica = values.given(replicaUrl, DATABASE + "REPLICA_URL");
    Optional<String> user = values.given(databaseUser, DATABASE + "USER");
    Optional<String> password = values.password(databasePasswordFile, DATABASE + "PASSWORD");
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
    Optional<String> url = values.given(redisUrl, REDIS + "URL");
    Optional<String> password = values.password(redisPasswordFile, REDIS + "PASSWORD");
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
}
