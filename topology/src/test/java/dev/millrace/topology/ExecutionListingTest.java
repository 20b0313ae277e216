package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.topology.ExecutionQueries.Count;
import dev.millrace.topology.ExecutionQueries.Listing;
import dev.millrace.topology.ExecutionQueries.Tally;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What several partitions or instances found, put together. */
class ExecutionListingTest {
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");

  private static ExecutionOutline row(String id) {
    return new ExecutionOutline(
        id, "w", 1, "webhook", AT, null, AT, 0, null, Optional.empty(), false);
  }

  private static Listing part(Optional<String> upTo, String... ids) {
    return new Listing(Arrays.stream(ids).map(ExecutionListingTest::row).toList(), upTo, true);
  }

  private static List<String> ids(Listing listing) {
    return listing.rows().stream().map(ExecutionOutline::executionId).toList();
  }

  @Test
  void nothingIsShownBeyondWhereAllHaveLooked() {
    Listing merged =
        Listing.merge(
            List.of(part(Optional.of("c"), "a", "c"), part(Optional.empty(), "b", "d")), 10);
    assertThat(ids(merged)).containsExactly("a", "b", "c");
    assertThat(merged.upTo()).contains("c");
  }

  @Test
  void onePartThatWasNotReachedMakesTheWholeIncomplete() {
    Listing merged =
        Listing.merge(
            List.of(part(Optional.empty(), "a"), new Listing(List.of(), Optional.empty(), false)),
            10);
    assertThat(merged.complete()).isFalse();
  }

  /** Page after page, whatever lies where, everything comes once and in order. */
  @Property
  void pagesTogetherAreEverything(
      @ForAll @Size(max = 40) List<@IntRange(max = 3) Integer> partitionOf,
      @ForAll @IntRange(min = 1, max = 7) int limit) {
    List<List<String>> partitions = new ArrayList<>();
    for (int p = 0; p < 4; p++) {
      partitions.add(new ArrayList<>());
    }
    List<String> all = new ArrayList<>();
    for (int i = 0; i < partitionOf.size(); i++) {
      String id = "e%03d".formatted(i);
      all.add(id);
      partitions.get(partitionOf.get(i)).add(id);
    }
    List<String> paged = new ArrayList<>();
    Optional<String> after = Optional.of("");
    while (after.isPresent()) {
      String from = after.get();
      List<Listing> parts = new ArrayList<>();
      for (List<String> partition : partitions) {
        List<String> found =
            partition.stream().filter(id -> id.compareTo(from) > 0).limit(limit + 1L).toList();
        parts.add(
            part(
                found.size() > limit ? Optional.of(found.getLast()) : Optional.empty(),
                found.toArray(new String[0])));
      }
      Listing page = Listing.merge(parts, limit);
      assertThat(page.rows()).hasSizeLessThanOrEqualTo(limit);
      paged.addAll(ids(page));
      after = page.upTo();
    }
    assertThat(paged).isEqualTo(all);
  }

  @Test
  void countsOfOneWorkflowAreAddedUp() {
    Tally sum =
        Tally.sum(
            List.of(
                new Tally(List.of(new Count("a", 1, 2, AT), new Count("b", 0, 1, AT)), true),
                new Tally(List.of(new Count("a", 3, 4, AT.minusSeconds(9))), false)));
    assertThat(sum.complete()).isFalse();
    assertThat(sum.counts())
        .containsExactly(new Count("a", 4, 6, AT.minusSeconds(9)), new Count("b", 0, 1, AT));
  }
}
