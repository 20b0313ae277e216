package dev.millrace.standalone;

import dev.millrace.error.MillraceException;
import dev.millrace.standalone.definitions.WorkflowFolder;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;

/** Prints what became of each file of a workflow folder. */
final class FolderReporter implements WorkflowFolder.Listener {
  private final CommandSpec spec;

  FolderReporter(CommandSpec spec) {
    this.spec = spec;
  }

  @Override
  public void published(Path file, String workflowName, int version) {
    print(
        spec.commandLine().getOut(),
        file.getFileName() + ": \"" + workflowName + "\" is active in version " + version + ".");
  }

  @Override
  public void broken(Path file, MillraceException error) {
    print(spec.commandLine().getErr(), file.getFileName() + ": " + Main.line(error));
  }

  @Override
  public void withdrawn(Path file) {
    print(spec.commandLine().getOut(), file.getFileName() + ": withdrawn.");
  }

  private static void print(PrintWriter to, String line) {
    to.println(line);
    to.flush();
  }
}
