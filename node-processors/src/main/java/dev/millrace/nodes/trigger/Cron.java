package dev.millrace.nodes.trigger;

import dev.millrace.item.Item;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.Property;
import dev.millrace.schedule.CronExpression;
import dev.millrace.schedule.Jitter;
import dev.millrace.schedule.Schedule;
import dev.millrace.schedule.ScheduleRule;
import dev.millrace.schedule.ScheduledTrigger;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Cron: the predecessor of the Schedule Trigger. Its item is empty. */
public final class Cron implements ScheduledTrigger {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.cron")
          .named("Cron", "Starts the workflow at set times; the Schedule Trigger has replaced it.")
          .group("trigger")
          .versions(1)
          .ports(Ports.TRIGGER)
          .properties(
              Property.fixedCollection("triggerTimes", "Trigger Times", times())
                  .withTypeOption("multipleValues", true))
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
    List<ScheduleRule> rules = new ArrayList<>();
    if (parameters.get("triggerTimes") instanceof Map<?, ?> times
        && times.get("item") instanceof List<?> items) {
      for (Object item : items) {
        if (item instanceof Map<?, ?> form) {
          rules.add(ScheduleRule.at(CronExpression.parse(expression(new RuleForm(form, jitter)))));
        }
      }
    }
    return Schedule.of(rules);
  }

  private static String expression(RuleForm form) {
    int second = form.second();
    return switch (form.text("mode", "everyDay")) {
      case "everyMinute" -> second + " * * * * *";
      case "everyHour" -> second + " " + form.minute("minute") + " * * * *";
      case "everyDay" -> day(form) + " * * *";
      case "everyWeek" ->
          day(form) + " * * " + RuleForm.whole(form.text("weekday", "1"), "weekday", 0, 7);
      case "everyMonth" ->
          day(form) + " " + form.number("dayOfMonth", 1, 31, form.dayOfMonth()) + " * *";
      case "everyX" -> {
        int every = form.number("value", 1, 1000, 2);
        yield switch (form.text("unit", "hours")) {
          case "minutes" -> second + " */" + every + " * * * *";
          case "hours" -> second + " 0 */" + every + " * * *";
          case String other -> throw form.invalid("unit", other);
        };
      }
      case "custom" -> form.text("cronExpression", "* * * * * *");
      case String other -> throw form.invalid("mode", other);
    };
  }

  private static String day(RuleForm form) {
    return form.second() + " " + form.minute("minute") + " " + form.hour("hour");
  }

  private static Property times() {
    return Property.group(
        "item",
        "Item",
        Property.options(
            "mode",
            "Mode",
            "everyDay",
            Property.option("Every Minute", "everyMinute"),
            Property.option("Every Hour", "everyHour"),
            Property.option("Every Day", "everyDay"),
            Property.option("Every Week", "everyWeek"),
            Property.option("Every Month", "everyMonth"),
            Property.option("Every X", "everyX"),
            Property.option("Custom", "custom")),
        Property.number("hour", "Hour", 14)
            .withTypeOption("minValue", 0)
            .withTypeOption("maxValue", 23)
            .hideWhen("mode", "custom", "everyHour", "everyMinute", "everyX"),
        Property.number("minute", "Minute", 0)
            .withTypeOption("minValue", 0)
            .withTypeOption("maxValue", 59)
            .hideWhen("mode", "custom", "everyMinute", "everyX"),
        Property.number("dayOfMonth", "Day of Month", 1)
            .withTypeOption("minValue", 1)
            .withTypeOption("maxValue", 31)
            .showWhen("mode", "everyMonth"),
        Property.options(
                "weekday",
                "Weekday",
                "1",
                Property.option("Monday", "1"),
                Property.option("Tuesday", "2"),
                Property.option("Wednesday", "3"),
                Property.option("Thursday", "4"),
                Property.option("Friday", "5"),
                Property.option("Saturday", "6"),
                Property.option("Sunday", "0"))
            .showWhen("mode", "everyWeek"),
        Property.string("cronExpression", "Cron Expression", "* * * * * *")
            .showWhen("mode", "custom"),
        Property.number("value", "Value", 2)
            .withTypeOption("minValue", 0)
            .withTypeOption("maxValue", 1000)
            .showWhen("mode", "everyX"),
        Property.options(
                "unit",
                "Unit",
                "hours",
                Property.option("Minutes", "minutes"),
                Property.option("Hours", "hours"))
            .showWhen("mode", "everyX"));
  }
}
