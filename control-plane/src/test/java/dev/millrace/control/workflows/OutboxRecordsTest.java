package dev.millrace.control.workflows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.DefinitionRecord;
import dev.millrace.avro.VariablesRecord;
import dev.millrace.avro.WorkflowProjectRecord;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.serde.MillraceSerdes;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OutboxRecordsTest {
  private final MillraceSerdes serdes = new MillraceSerdes(EmbeddedRegistry.inMemory());
  private final Database database;
  private final OutboxRecords records;

  OutboxRecordsTest(Database database) {
    this.database = database;
    this.records = new OutboxRecords(database, serdes);
  }

  @BeforeEach
  void aWorkflowOfAProject() {
    database
        .jdbi()
        .useHandle(handle -> {
          for (String table : List.of("variable", "workflow_version", "workflow", "project")) {
            handle.execute("delete from " + table);
          }
          handle.execute("insert into project (id, name, type) values ('p', 'P', 'team')");
          handle.execute(
              "insert into workflow (id, project_id, name, document, revision) values ('w', 'p',"
                  + " 'W', '{\"nodes\":[]}', 1)");
          handle.execute(
              "insert into workflow_version (workflow_id, version, document) values ('w', 3,"
                  + " '{\"nodes\":[]}')");
          handle.execute(
              "insert into variable (id, project_id, key, value) values ('1', null, 'a', 'of all'),"
                  + " ('2', 'p', 'a', 'of p'), ('3', 'p', 'b', '')");
        });
  }

  @Test
  void aPublicationIsTheVersionWhatIsCurrentAndWhoseItIs() {
    List<OutboxRecords.Message> messages =
        records.of(new OutboxRow(1, OutboxRow.Kind.DEFINITION, "w", Optional.of(3)));

    assertThat(messages)
        .extracting(OutboxRecords.Message::key)
        .containsExactly("w/3", "w", "/projects/w");
    assertThat(definition(messages.get(0)).getVersion()).isEqualTo(3);
    assertThat(messages.get(1).value()).isEqualTo(messages.get(0).value());
    assertThat(project(messages.get(2)).getProjectId()).isEqualTo("p");
  }

  @Test
  void aWorkflowThatIsGoneIsNobodysAnyMore() {
    OutboxRow withdrawn = new OutboxRow(1, OutboxRow.Kind.DEFINITION, "w", Optional.empty());
    assertThat(project(records.of(withdrawn).get(1)).getProjectId()).isEqualTo("p");

    database.jdbi().useHandle(handle -> handle.execute("delete from workflow"));

    List<OutboxRecords.Message> messages = records.of(withdrawn);
    assertThat(messages).extracting(OutboxRecords.Message::key).containsExactly("w", "/projects/w");
    assertThat(messages).extracting(OutboxRecords.Message::value).containsOnlyNulls();
  }

  @Test
  void variablesAreThoseOfOneProjectOrOfTheInstallation() {
    assertThat(variables("p").getValues()).isEqualTo(Map.of("a", "of p", "b", ""));
    assertThat(variables("").getValues()).isEqualTo(Map.of("a", "of all"));
    assertThat(message("other").key()).isEqualTo("/variables/other");
    assertThat(message("other").value()).isNull();
  }

  private OutboxRecords.Message message(String project) {
    return records
        .of(new OutboxRow(1, OutboxRow.Kind.VARIABLES, project, Optional.empty()))
        .getFirst();
  }

  private VariablesRecord variables(String project) {
    return serdes
        .serde(VariablesRecord.class)
        .fromBytes(Objects.requireNonNull(message(project).value()));
  }

  private DefinitionRecord definition(OutboxRecords.Message message) {
    return serdes.serde(DefinitionRecord.class).fromBytes(Objects.requireNonNull(message.value()));
  }

  private WorkflowProjectRecord project(OutboxRecords.Message message) {
    return serdes
        .serde(WorkflowProjectRecord.class)
        .fromBytes(Objects.requireNonNull(message.value()));
  }
}
