package dev.millrace.standalone;

import java.io.Console;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Whether a person is watching, and what is shown to one only. */
final class Terminal {
  private static final int UPDATE_MILLIS = 200;

  private Terminal() {}

  // The console is null where jdk.console selects the provider without terminals.
  @SuppressWarnings("SystemConsoleNull")
  static boolean isThere() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /** A progress bar on standard error, or null when nobody is watching. */
  static @Nullable ProgressBar progress(String task, long steps) {
    return isThere()
        ? new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(steps)
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .setStyle(ProgressBarStyle.ASCII)
            .clearDisplayOnFinish()
            .build()
        : null;
  }
}
