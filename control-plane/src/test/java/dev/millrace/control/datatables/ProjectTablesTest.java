package dev.millrace.control.datatables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.TableStore;
import dev.millrace.node.TableStore.Condition;
import dev.millrace.node.TableStore.Filter;
import dev.millrace.node.TableStore.Reference;
import dev.millrace.workflow.WorkflowDocument;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** What nodes do with the tables of their project. */
@ExtendWith(PostgresExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ProjectTablesTest {
  private static final Reference TABLE = new Reference(true, "People");
  private static final Filter ALL = new Filter(false, List.of());

  private final Database database;
  private final TableStore store;

  ProjectTablesTest(Database database) {
    this.database = database;
    this.store =
        new WorkflowTables(
            database,
            workflow -> workflow.equals("w1") ? Optional.of("p1") : Optional.of("p2"),
            1 << 20);
    database
        .jdbi()
        .useHandle(handle ->
            handle.execute(
                "insert into project (id, name, type) values ('p1', 'P', 'team'), ('p2', 'P',"
                    + " 'team')"));
  }

  @BeforeEach
  void aTable() {
    database.jdbi().useHandle(handle -> handle.execute("delete from data_table"));
    of("w1")
        .create(
            "People",
            List.of(
                new TableStore.Column("name", "string"), new TableStore.Column("age", "number")));
  }

  private TableStore.Tables of(String workflow) {
    return store.of(WorkflowDocument.of(Map.of("id", workflow, "nodes", List.of())));
  }

  private static Filter named(String name) {
    return new Filter(true, List.of(new Condition("name", "eq", name)));
  }

  private List<Object> names() {
    return of("w1").rows(TABLE, ALL, Optional.empty(), 100).stream()
        .<Object>map(row -> String.valueOf(row.get("name")))
        .toList();
  }

  @Test
  void aRunThatIsMadeAgainAddsItsRowsOnce() {
    List<Map<String, @Nullable Object>> rows = List.of(Map.of("name", "Ada", "age", 36.0));
    List<Map<String, @Nullable Object>> first = of("w1").insert(TABLE, rows, "e-1-0");
    List<Map<String, @Nullable Object>> again = of("w1").insert(TABLE, rows, "e-1-0");
    of("w1").insert(TABLE, rows, "e-2-0");

    assertThat(again).isEqualTo(first);
    assertThat(first).singleElement().satisfies(row -> assertThat(row).containsEntry("id", 1.0));
    assertThat(names()).containsExactly("Ada", "Ada");
  }

  @Test
  void rowsAreChangedAndRemovedByFilter() {
    of("w1").insert(TABLE, List.of(Map.of("name", "Ada"), Map.of("name", "Alan")), "e-1-0");

    assertThat(of("w1").update(TABLE, named("Ada"), Map.of("age", 1.0), true))
        .extracting(row -> row.get("dryRunState") + " " + row.get("age"))
        .containsExactly("before null", "after 1.0");
    assertThat(of("w1").update(TABLE, named("Ada"), Map.of("age", 2.0), false))
        .extracting(row -> row.get("age"))
        .containsExactly(2.0);
    assertThat(of("w1").upsert(TABLE, named("Grace"), Map.of("name", "Grace"), false)).hasSize(1);
    assertThat(of("w1").upsert(TABLE, named("Grace"), Map.of("age", 3.0), false)).hasSize(1);
    assertThat(names()).containsExactly("Ada", "Alan", "Grace");
    assertThat(of("w1").remove(TABLE, named("Ada"), true)).hasSize(1);
    assertThat(of("w1").remove(TABLE, named("Ada"), false)).hasSize(1);
    assertThat(names()).containsExactly("Alan", "Grace");
    assertThatThrownBy(() -> of("w1").update(TABLE, ALL, Map.of("age", 1.0), false))
        .isInstanceOf(MillraceException.class);
    of("w1").remove(TABLE, ALL, false);
    assertThat(names()).isEmpty();
  }

  @Test
  void tablesOfOtherProjectsAreNotFound() {
    String id = of("w1").find(TABLE).id();
    for (Reference foreign : List.of(TABLE, new Reference(false, id))) {
      assertThatThrownBy(() -> of("w2").find(foreign))
          .isInstanceOfSatisfying(
              MillraceException.class,
              none -> assertThat(none.code()).isEqualTo(ErrorCode.NOT_FOUND));
      assertThatThrownBy(() -> of("w2").insert(foreign, List.of(Map.of()), "k"))
          .isInstanceOf(MillraceException.class);
      assertThatThrownBy(() -> of("w2").delete(foreign)).isInstanceOf(MillraceException.class);
    }
    assertThat(of("w2").all()).isEmpty();
    assertThat(of("w1").all()).hasSize(1);

    of("w1").rename(new Reference(false, id), "Humans");
    assertThat(of("w1").find(new Reference(true, "Humans")).id()).isEqualTo(id);
    of("w1").delete(new Reference(false, id));
    assertThat(of("w1").all()).isEmpty();
  }

  @Test
  void namesAndTypesThatThereAreNotAreRefused() {
    for (TableStore.Column column :
        List.of(new TableStore.Column("1st", "string"), new TableStore.Column("a", "text"))) {
      assertThatThrownBy(() -> of("w1").create("Other", List.of(column)))
          .isInstanceOfSatisfying(
              MillraceException.class,
              refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_INPUT));
    }
    assertThatThrownBy(() -> of("w1").create(" ", List.of())).isInstanceOf(MillraceException.class);
  }
}
