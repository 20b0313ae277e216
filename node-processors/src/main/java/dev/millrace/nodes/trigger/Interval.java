package dev.millrace.nodes.trigger;

import dev.millrace.item.Item;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.Property;
import dev.millrace.schedule.Jitter;
import dev.millrace.schedule.Schedule;
import dev.millrace.schedule.ScheduleRule;
import dev.millrace.schedule.ScheduledTrigger;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Interval: starts an execution again and again with the same time in between, counted from the
 * publication. The Schedule Trigger has replaced it. Its item is empty.
 */
public final class Interval implements ScheduledTrigger {
  private static final int LONGEST = 1_000_000;

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.interval")
          .named(
              "Interval",
              "Starts the workflow again and again; the Schedule Trigger has replaced it.")
          .group("trigger")
          .versions(1)
          .ports(Ports.TRIGGER)
          .properties(
              Property.number("interval", "Interval", 1).withTypeOption("minValue", 1),
              Property.options(
                  "unit",
                  "Unit",
                  "seconds",
                  Property.option("Seconds", "seconds"),
                  Property.option("Minutes", "minutes"),
                  Property.option("Hours", "hours")))
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public Item item(ZonedDateTime slot) {
    return Item.empty();
  }

  @Override
  public Schedule schedule(Map<String, @Nullable Object> parameters, Jitter jitter) {
    RuleForm form = new RuleForm(parameters, jitter);
    int count = form.number("interval", 1, LONGEST, 1);
    Duration period =
        switch (form.text("unit", "seconds")) {
          case "seconds" -> Duration.ofSeconds(count);
          case "minutes" -> Duration.ofMinutes(count);
          case "hours" -> Duration.ofHours(count);
          case String other -> throw form.invalid("unit", other);
        };
    return Schedule.of(List.of(new ScheduleRule.Every(period)));
  }
}
