package dev.millrace.cli.n8n;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportFilesTest {
  @TempDir private Path folder;

  private void write(String file, String json) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, json);
  }

  @Test
  void filesAreTakenForWhatIsInThem() throws IOException {
    write("workflows/1.json", "{\"id\": \"1\", \"name\": \"One\", \"nodes\": []}");
    write("all.json", "[{\"id\": \"2\", \"nodes\": []}, {\"id\": \"1\", \"nodes\": [{}]}]");
    write(
        "credentials/c.json",
        "{\"id\": \"c\", \"name\": \"Key\", \"type\": \"t\", \"data\": {\"value\": \"s\"}}");
    write(
        "credentials/d.json",
        "{\"id\": \"d\", \"name\": \"D\", \"type\": \"t\", \"data\": \"U2F\"}");
    write("tags.json", "{\"tags\": [{\"id\": \"t\", \"name\": \"prod\"}], \"mappings\": []}");
    write("variables.json", "[{\"id\": \"v\", \"key\": \"url\", \"value\": \"x\"}]");
    write("notes.txt", "nothing of ours");
    write("broken.json", "{\"data\": hush");
    write("other.json", "[1]");

    N8nExport export = ExportFiles.read(folder);

    assertThat(export.workflows())
        .as("of one id the file that comes later counts")
        .extracting(workflow -> workflow.text("id") + " " + workflow.objects("nodes").size())
        .containsExactlyInAnyOrder("1 0", "2 0");
    assertThat(export.credentials())
        .singleElement()
        .satisfies(
            credential -> assertThat(credential.object("data").text("value")).isEqualTo("s"));
    assertThat(export.tags()).containsExactly("prod");
    assertThat(export.variables()).hasSize(1);
    assertThat(export.notes())
        .hasSize(3)
        .anySatisfy(note -> assertThat(note).contains("1 credentials are encrypted"))
        .anySatisfy(note -> assertThat(note).contains("broken.json").doesNotContain("hush"))
        .anySatisfy(note -> assertThat(note).contains("other.json"));
    assertThat(export.toString()).doesNotContain("\"s\"");
  }

  @Test
  void oneFileIsEnough() throws IOException {
    write("w.json", "{\"name\": \"No id\", \"nodes\": []}");

    assertThat(ExportFiles.read(folder.resolve("w.json")).workflows()).hasSize(1);
  }

  @Test
  void whatIsNotThereIsAnError() {
    assertThatThrownBy(() -> ExportFiles.read(folder.resolve("missing")))
        .isInstanceOfSatisfying(
            MillraceException.class,
            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.UNREADABLE_FILE));
  }
}
