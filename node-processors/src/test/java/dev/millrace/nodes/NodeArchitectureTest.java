package dev.millrace.nodes;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.FlowNode;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.TransformNode;
import dev.millrace.node.TriggerNode;
import java.net.URISyntaxException;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What runs in a stream thread neither blocks nor calls the outside, not even by our own client,
 * and families stay apart.
 */
class NodeArchitectureTest {
  private static JavaClasses code;

  @BeforeAll
  static void read() throws URISyntaxException {
    code = NodeCode.read();
  }

  @Test
  void nodesDoNotCallTheOutside() {
    noClasses()
        .that()
        .resideInAPackage("dev.millrace.nodes..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                    "java.net.http..",
                    "java.nio.channels..",
                    "java.nio.file..",
                    "io.helidon..",
                    "org.apache.kafka..")
                .or(type(java.net.Socket.class))
                .or(type(java.net.URLConnection.class))
                // Which opens a connection by itself.
                .or(type(java.net.URL.class))
                .or(type(java.io.File.class))
                .or(type(ProcessBuilder.class)))
        .check(code);
  }

  @Test
  void onlyEffectNodesHaveTheWayOut() {
    noClasses()
        .that()
        .areAssignableTo(TransformNode.class)
        .or()
        .areAssignableTo(FlowNode.class)
        .or()
        .areAssignableTo(TriggerNode.class)
        .or()
        .areAssignableTo(KeyedNode.class)
        .should()
        .dependOnClassesThat(resideInAnyPackage("dev.millrace.http..").or(type(BinaryStore.class)))
        .check(code);
  }

  @Test
  void onlyTheClientKnowsItsLibrary() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.millrace.http..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.hc..")
        .check(code);
  }

  @Test
  void onlyMergeSpeaksSqlAndOnlyToItsOwnMemory() {
    noClasses()
        .that()
        .resideInAPackage("dev.millrace.nodes..")
        .and()
        .doNotHaveSimpleName("MergeQuery")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.sql..", "javax.sql..", "org.h2..")
        .check(code);
  }

  @Test
  void nodesDoNotBlock() {
    noClasses()
        .that()
        .resideInAPackage("dev.millrace.nodes..")
        .should()
        .accessTargetWhere(describe("a thread waits or starts", NodeArchitectureTest::blocks))
        .check(code);
  }

  private static boolean blocks(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String name = access.getTarget().getName();
    return (owner.equals("java.lang.Thread")
            && Set.of("sleep", "start", "join", "startVirtualThread", "<init>").contains(name))
        || (owner.equals("java.lang.Object") && Set.of("wait").contains(name))
        || (owner.startsWith("java.util.concurrent.")
            && Set.of("get", "join", "await", "take", "acquire", "submit").contains(name)
            && !owner.startsWith("java.util.concurrent.atomic")
            && !owner.startsWith("java.util.concurrent.Concurrent"));
  }

  @Test
  void familiesDoNotKnowEachOther() {
    slices().matching("dev.millrace.nodes.(*)..").should().notDependOnEachOther().check(code);
  }

  @Test
  void aNodeIsAFinalClassOrRecord() {
    classes()
        .that()
        .resideInAPackage("dev.millrace.nodes..")
        .and()
        .areAssignableTo(NodeProcessor.class)
        .and()
        .areTopLevelClasses()
        .should()
        .haveModifier(com.tngtech.archunit.core.domain.JavaModifier.FINAL)
        .check(code);
  }
}
