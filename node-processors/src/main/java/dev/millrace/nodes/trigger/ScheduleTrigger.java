package dev.millrace.nodes.trigger;

import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.Property;
import dev.millrace.schedule.CatchUp;
import dev.millrace.schedule.CronExpression;
import dev.millrace.schedule.Jitter;
import dev.millrace.schedule.Schedule;
import dev.millrace.schedule.ScheduleRule;
import dev.millrace.schedule.ScheduledTrigger;
import dev.millrace.value.Undefined;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Schedule Trigger: starts an execution at the times of its rules. "Every N" seconds or minutes
 * begins anew with each minute or hour, as in a cron expression; every N hours, days, weeks or
 * months goes on from one to the next.
 */
public final class ScheduleTrigger implements ScheduledTrigger {
  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSxxx", Locale.ROOT);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("h:mm:ss", Locale.ENGLISH);

  /** Far beyond what anybody waits for, and within the range of dates. */
  private static final int MOST_WEEKS = 10_000;

  private static final int MOST_MONTHS = 1_200;

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.scheduleTrigger")
          .named("Schedule Trigger", "Starts the workflow at the times of a schedule.")
          .group("trigger")
          .versions(1, 1.1, 1.2, 1.3, 1.4)
          .ports(Ports.TRIGGER)
          .properties(
              Property.fixedCollection("rule", "Trigger Rules", intervals())
                  .withDefault(Map.of("interval", List.of(Map.of("field", "days"))))
                  .withTypeOption("multipleValues", true),
              Property.options(
                      "misfirePolicy",
                      "If Execution Is Missed",
                      "skip",
                      Property.option("Run the Most Recent Missed Execution Per Rule", "coalesce"),
                      Property.option("Run the Most Recent Missed Execution", "coalesce_owner"),
                      Property.option("Don't Run Missed Executions", "skip"))
                  .withExtra("noExpression", true)
                  .withExtra("isNodeSetting", true),
              Property.number("misfireGraceSeconds", "Missed Execution Grace Period (Seconds)", 0)
                  .withTypeOption("minValue", 0)
                  .withTypeOption("numberPrecision", 0)
                  .withExtra("noExpression", true)
                  .withExtra("isNodeSetting", true),
              Property.bool("skipDurableScheduler", "Skip Durable Scheduler", false)
                  .withExtra("isNodeSetting", true))
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  /** The item of its slot; an execution that was started by hand gets the one of now. */
  @Override
  public NodeOutput run(NodeCall call) {
    List<Item> input = call.input();
    return NodeOutput.of(
        input.size() == 1 && input.getFirst().json().isEmpty() ? List.of(item(call.now())) : input);
  }

  @Override
  public Item item(ZonedDateTime slot) {
    String time = TIME.format(slot) + (slot.getHour() < 12 ? " am" : " pm");
    String month = slot.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
    String year = String.format(Locale.ROOT, "%04d", slot.getYear());
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("timestamp", TIMESTAMP.format(slot));
    json.put(
        "Readable date", month + " " + ordinal(slot.getDayOfMonth()) + " " + year + ", " + time);
    json.put("Readable time", time);
    json.put("Day of week", slot.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH));
    json.put("Year", year);
    json.put("Month", month);
    json.put("Day of month", twoDigits(slot.getDayOfMonth()));
    json.put("Hour", twoDigits(slot.getHour()));
    json.put("Minute", twoDigits(slot.getMinute()));
    json.put("Second", twoDigits(slot.getSecond()));
    json.put(
        "Timezone",
        slot.getZone().getId() + DateTimeFormatter.ofPattern(" '(UTC'xxx')'").format(slot));
    return Item.of(json);
  }

  private static String ordinal(int day) {
    String suffix =
        day / 10 == 1
            ? "th"
            : switch (day % 10) {
              case 1 -> "st";
              case 2 -> "nd";
              case 3 -> "rd";
              default -> "th";
            };
    return day + suffix;
  }

  private static String twoDigits(int number) {
    return number < 10 ? "0" + number : String.valueOf(number);
  }

  @Override
  public Schedule schedule(Map<String, @Nullable Object> parameters, Jitter jitter) {
    List<ScheduleRule> rules = new ArrayList<>();
    if (parameters.get("rule") instanceof Map<?, ?> rule
        && rule.get("interval") instanceof List<?> intervals) {
      for (Object interval : intervals) {
        if (interval instanceof Map<?, ?> form) {
          rules.add(rule(new RuleForm(form, jitter)));
        }
      }
    }
    RuleForm form = new RuleForm(parameters, jitter);
    // Who keeps a node away from n8n's durable scheduler gets what its other one does: nothing.
    String policy =
        Boolean.TRUE.equals(parameters.get("skipDurableScheduler"))
            ? "skip"
            : form.text("misfirePolicy", "skip");
    CatchUp catchUp =
        switch (policy) {
          case "skip" -> CatchUp.SKIP;
          case "coalesce" -> CatchUp.LAST;
          case "coalesce_owner" -> CatchUp.LAST_OF_NODE;
          default -> throw form.invalid("misfirePolicy", policy);
        };
    return new Schedule(
        rules,
        catchUp,
        Duration.ofSeconds(form.number("misfireGraceSeconds", 0, Integer.MAX_VALUE, 0)));
  }

  private static ScheduleRule rule(RuleForm form) {
    int second = form.second();
    return switch (form.text("field", "days")) {
      case "seconds" -> {
        int every = form.number("secondsInterval", 1, 59, 30);
        yield ScheduleRule.at(cron("*/" + every, "*", "*", "*", "*", "*"));
      }
      case "minutes" -> {
        int every = form.number("minutesInterval", 1, 59, 5);
        yield ScheduleRule.at(cron(second, "*/" + every, "*", "*", "*", "*"));
      }
      case "hours" -> {
        int every = form.number("hoursInterval", 1, 23, 1);
        int minute = form.minute("triggerAtMinute");
        CronExpression first = cron(second, minute, "*/" + every, "*", "*", "*");
        CronExpression then = cron(second, minute, "*", "*", "*", "*");
        yield 24 % every == 0
            ? ScheduleRule.at(first)
            : new ScheduleRule.Calendar(first, then, every, ScheduleRule.Unit.HOURS);
      }
      case "days" -> {
        int every = form.number("daysInterval", 1, 31, 1);
        int minute = form.minute("triggerAtMinute");
        CronExpression daily = cron(second, minute, form.hour("triggerAtHour"), "*", "*", "*");
        yield new ScheduleRule.Calendar(daily, daily, every, ScheduleRule.Unit.DAYS);
      }
      case "weeks" -> {
        int every = form.number("weeksInterval", 1, MOST_WEEKS, 1);
        int minute = form.minute("triggerAtMinute");
        CronExpression weekly =
            cron(second, minute, form.hour("triggerAtHour"), "*", "*", weekdays(form));
        yield new ScheduleRule.Calendar(weekly, weekly, every, ScheduleRule.Unit.WEEKS);
      }
      case "months" -> {
        int every = form.number("monthsInterval", 1, MOST_MONTHS, 1);
        int minute = form.minute("triggerAtMinute");
        int hour = form.hour("triggerAtHour");
        int day = form.number("triggerAtDayOfMonth", 1, 31, form.dayOfMonth());
        CronExpression first = cron(second, minute, hour, day, "*/" + every, "*");
        CronExpression then = cron(second, minute, hour, day, "*", "*");
        yield 12 % every == 0
            ? ScheduleRule.at(first)
            : new ScheduleRule.Calendar(first, then, every, ScheduleRule.Unit.MONTHS);
      }
      case "cronExpression" -> ScheduleRule.at(CronExpression.parse(form.text("expression", "")));
      case String other -> throw form.invalid("field", other);
    };
  }

  private static String weekdays(RuleForm form) {
    List<String> days = new ArrayList<>();
    if (form.value("triggerAtDay") instanceof List<?> chosen) {
      for (Object day : chosen) {
        if (!Undefined.orNull(day)) {
          days.add(String.valueOf(RuleForm.whole(day, "triggerAtDay", 0, 7)));
        }
      }
    }
    return days.isEmpty() ? "*" : String.join(",", days);
  }

  private static CronExpression cron(Object... fields) {
    return CronExpression.parse(
        Arrays.stream(fields).map(String::valueOf).collect(Collectors.joining(" ")));
  }

  private static Property intervals() {
    return Property.group(
        "interval",
        "Trigger Interval",
        Property.options(
            "field",
            "Trigger Interval",
            "days",
            Property.option("Seconds", "seconds"),
            Property.option("Minutes", "minutes"),
            Property.option("Hours", "hours"),
            Property.option("Days", "days"),
            Property.option("Weeks", "weeks"),
            Property.option("Months", "months"),
            Property.option("Custom (Cron)", "cronExpression")),
        between(Property.number("secondsInterval", "Seconds Between Triggers", 30), 1, 59)
            .showWhen("field", "seconds"),
        between(Property.number("minutesInterval", "Minutes Between Triggers", 5), 1, 59)
            .showWhen("field", "minutes"),
        between(Property.number("hoursInterval", "Hours Between Triggers", 1), 1, 23)
            .showWhen("field", "hours"),
        between(Property.number("daysInterval", "Days Between Triggers", 1), 1, 31)
            .showWhen("field", "days"),
        Property.number("weeksInterval", "Weeks Between Triggers", 1).showWhen("field", "weeks"),
        Property.number("monthsInterval", "Months Between Triggers", 1)
            .withTypeOption("minValue", 1)
            .showWhen("field", "months"),
        between(Property.number("triggerAtDayOfMonth", "Trigger at Day of Month", 1), 1, 31)
            .showWhen("field", "months"),
        Property.of("multiOptions", "triggerAtDay", "Trigger on Weekdays", List.of(0.0))
            .withOptions(
                List.of(
                    Property.option("Monday", 1),
                    Property.option("Tuesday", 2),
                    Property.option("Wednesday", 3),
                    Property.option("Thursday", 4),
                    Property.option("Friday", 5),
                    Property.option("Saturday", 6),
                    Property.option("Sunday", 0)))
            .withTypeOption("maxValue", 7)
            .showWhen("field", "weeks"),
        Property.of("options", "triggerAtHour", "Trigger at Hour", 0)
            .withOptions(hours())
            .showWhen("field", "days", "weeks", "months"),
        between(Property.number("triggerAtMinute", "Trigger at Minute", 0), 0, 59)
            .showWhen("field", "hours", "days", "weeks", "months"),
        Property.string("expression", "Expression", "").showWhen("field", "cronExpression"));
  }

  private static Property between(Property number, int lowest, int highest) {
    return number.withTypeOption("minValue", lowest).withTypeOption("maxValue", highest);
  }

  private static List<Property.Option> hours() {
    List<Property.Option> hours = new ArrayList<>();
    for (int hour = 0; hour < 24; hour++) {
      String name =
          switch (hour) {
            case 0 -> "Midnight";
            case 12 -> "Noon";
            default -> hour < 12 ? hour + "am" : hour - 12 + "pm";
          };
      hours.add(Property.option(name, hour));
    }
    return hours;
  }
}
