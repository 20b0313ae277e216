package dev.millrace.standalone;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an option gives, or else the variable of the same name. Passwords come from a file or a
 * variable alone: options are seen by everybody on the machine.
 *
 * @param environment the variables; an empty value is none
 */
record OptionOrVariable(Map<String, String> environment) {
  Optional<String> given(@Nullable String option, String variable) {
    return option != null
        ? Optional.of(option)
        : Optional.ofNullable(environment.get(variable)).filter(value -> !value.isEmpty());
  }

  /**
   * A password in the file that an option, or the variable with {@code _FILE} behind its name,
   * names; else in the variable.
   *
   * @throws MillraceException {@code UNREADABLE_FILE}
   */
  Optional<String> password(@Nullable String fileOption, String variable) {
    Optional<String> file = given(fileOption, variable + "_FILE");
    return file.isPresent() ? file.map(OptionOrVariable::read) : given(null, variable);
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
