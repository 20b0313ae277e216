package dev.millrace.standalone;

import dev.millrace.conformance.ExpressionCases;
import dev.millrace.conformance.FilterCases;
import dev.millrace.conformance.FunctionCases;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.NodeProcessor;
import dev.millrace.standalone.conformance.CaseFile;
import dev.millrace.standalone.conformance.CaseIndex;
import dev.millrace.standalone.conformance.CaseKind;
import dev.millrace.standalone.conformance.CaseSuites;
import dev.millrace.standalone.conformance.CliWorkflowSuite;
import dev.millrace.standalone.conformance.EngineCaseSuite;
import dev.millrace.standalone.conformance.NodeSupport;
import dev.millrace.standalone.conformance.OrderVectorSuite;
import dev.millrace.standalone.conformance.RecordedFiles;
import dev.millrace.standalone.conformance.RecordedOutside;
import dev.millrace.standalone.conformance.WorkflowTestSuite;
import dev.millrace.standalone.conformance.nodes.GraphNodes;
import dev.millrace.standalone.conformance.nodes.TrainingCustomersNode;
import dev.millrace.standalone.conformance.nodes.VersionTestNode;
import dev.millrace.standalone.execution.EngineClient;
import dev.millrace.topology.CommittedReplies;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What recorded behaviour is run on: the expression engine, and where a file needs it the whole
 * engine, with the nodes that only recorded behaviour has, in a folder that is deleted afterwards.
 */
final class ConformanceEngine implements AutoCloseable {
  private static final Set<CaseKind> NEED_ENGINE =
      EnumSet.of(
          CaseKind.ORDER_VECTORS,
          CaseKind.ENGINE_CASE,
          CaseKind.WORKFLOW_TEST,
          CaseKind.CLI_WORKFLOW);
  private static final Duration EXECUTION_LIMIT = Duration.ofSeconds(60);

  private final ExpressionEngine expressions;
  private final @Nullable Whole whole;

  /** The whole engine. */
  private record Whole(
      DataFolder data,
      RecordedFiles files,
      RecordedOutside outside,
      BinaryStore binaries,
      Platform platform,
      EngineClient client) {}

  private ConformanceEngine(ExpressionEngine expressions, @Nullable Whole whole) {
    this.expressions = expressions;
    this.whole = whole;
  }

  /** Starts what these files need. */
  static ConformanceEngine start(List<CaseFile> files, List<Path> paths) {
    if (files.stream().noneMatch(file -> NEED_ENGINE.contains(file.kind()))) {
      return new ConformanceEngine(new JsExpressionEngine(), null);
    }
    List<NodeProcessor> nodes = new ArrayList<>(GraphNodes.all());
    nodes.add(new VersionTestNode());
    TrainingCustomersNode.find(paths).ifPresent(nodes::add);
    DataFolder data = DataFolder.temporary();
    RecordedOutside outside = new RecordedOutside();
    RecordedFiles recordedFiles = RecordedFiles.of(paths);
    Outside reached = Outside.of(outside, outside.http(), data, recordedFiles.folders());
    Platform platform = Platform.start(data, nodes, reached);
    platform.startEngine(CommittedReplies.NONE);
    platform.awaitEngine();
    EngineClient client =
        new EngineClient(
            platform.bootstrap(),
            platform.serdes(),
            platform.catalogue(),
            platform.expressions(),
            EXECUTION_LIMIT);
    return new ConformanceEngine(
        platform.expressions(),
        new Whole(data, recordedFiles, outside, reached.binaries(), platform, client));
  }

  CaseSuites suites(CaseIndex index) {
    CaseSuites suites =
        new CaseSuites()
            .with(CaseKind.FILTER_VECTORS, new FilterCases())
            .with(CaseKind.FUNCTION_CASES, new FunctionCases())
            .with(CaseKind.EXPRESSION_CASES, new ExpressionCases(expressions))
            .with(CaseKind.EXPRESSION_VECTORS, new ExpressionCases(expressions));
    Whole engine = whole;
    if (engine != null) {
      NodeSupport nodes = new NodeSupport(engine.platform().catalogue());
      suites
          .with(CaseKind.ORDER_VECTORS, new OrderVectorSuite(engine.client()))
          .with(CaseKind.ENGINE_CASE, new EngineCaseSuite(engine.client(), nodes))
          .with(
              CaseKind.WORKFLOW_TEST,
              new WorkflowTestSuite(
                  engine.client(),
                  nodes,
                  index,
                  engine.outside()::play,
                  engine.files(),
                  engine.binaries()))
          .with(
              CaseKind.CLI_WORKFLOW,
              new CliWorkflowSuite(engine.client(), nodes, index, engine.files()));
    }
    return suites;
  }

  @Override
  public void close() {
    Whole engine = whole;
    if (engine == null) {
      expressions.close();
    } else {
      engine.client().close();
      engine.platform().close();
      engine.outside().close();
      engine.data().close();
      engine.files().close();
    }
  }
}
