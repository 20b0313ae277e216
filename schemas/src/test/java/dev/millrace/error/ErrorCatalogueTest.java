package dev.millrace.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/errors.md} is written by
 *
 * <pre>./mvnw test -pl schemas -Dtest=ErrorCatalogueTest -Dmillrace.docs.write=true</pre>
 */
class ErrorCatalogueTest {
  private static final Path DOC = Path.of("../docs/errors.md");

  @Test
  void theDocumentIsCurrent() throws IOException {
    if (Boolean.getBoolean("millrace.docs.write")) {
      Files.createDirectories(DOC.getParent());
      Files.writeString(DOC, markdown());
    }
    assertThat(DOC).as("run this test with -Dmillrace.docs.write=true").hasContent(markdown());
  }

  @Test
  void codesAreUniqueAndOfOneForm() {
    assertThat(ErrorCode.values())
        .extracting(ErrorCode::code)
        .doesNotHaveDuplicates()
        .allMatch(code -> code.matches("MR-\\d{4}"));
  }

  @Test
  void everyCodeTellsWhatToDoInOneSentence() {
    assertThat(ErrorCode.values())
        .extracting(ErrorCode::advice)
        .allMatch(advice -> advice.matches("[A-Z].*\\."));
  }

  private static String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("# Errors\n\n")
        .append("Every error of Millrace has a code that never changes. Kind says who can do ")
        .append("something about it: the *user* of the workflow, whoever runs an *external* ")
        .append("system, whoever gives *resources*, or us (*internal*).\n\n")
        .append("<!-- Generated from ErrorCode by ErrorCatalogueTest. -->\n\n")
        .append("| code | name | kind | what to do |\n|---|---|---|---|\n");
    Arrays.stream(ErrorCode.values())
        .sorted(java.util.Comparator.comparing(ErrorCode::code))
        .forEach(code ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "| %s | `%s` | %s | %s |\n",
                    code.code(),
                    code,
                    code.kind().name().toLowerCase(Locale.ROOT),
                    code.advice().replace("|", "\\|"))));
    return text.toString();
  }
}
