package dev.millrace.engine;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.millrace.item.Item;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** The core is pure, and only {@code ExecutionState.apply} changes a state. */
class CoreArchitectureTest {
  private static final JavaClasses TOPOLOGY = code(Engine.class);

  /** What {@code apply} consists of, and the constructor. */
  private static final Set<String> APPLIES =
      Set.of("apply", "start", "takeOver", "nextEntry", "complete", "resume", "store", "<init>");

  private static final Set<String> QUEUE_CHANGES =
      Set.of("take", "putFront", "putBack", "enqueueChildren", "release", "restore");

  private static final Set<String> COLLECTION_CHANGES =
      Set.of("put", "putAll", "computeIfAbsent", "add", "addAll", "remove", "clear", "merge");

  /** The classes that lie beside one, without test classes and libraries. */
  private static JavaClasses code(Class<?> one) {
    try {
      // A folder of classes, or the module's jar once the build has packaged it.
      Path place = Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
      return place.toString().endsWith(".jar")
          ? new ClassFileImporter().importJar(new JarFile(place.toFile()))
          : new ClassFileImporter().importPath(place);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Test
  void coreKnowsNothingOfTheOutside() {
    noClasses()
        .that()
        .resideInAPackage("dev.millrace.engine..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.apache.kafka..",
            "io.helidon..",
            "java.sql..",
            "javax.sql..",
            "java.net..",
            "java.io..",
            "java.nio.file..",
            "java.util.concurrent..",
            "org.slf4j..",
            "dev.millrace.avro..",
            "dev.millrace.serde..",
            "dev.millrace.store..",
            "dev.millrace.topology..")
        .check(TOPOLOGY);
  }

  @Test
  void coreHasNoClockChanceOrThread() {
    DescribedPredicate<JavaClass> chanceOrThread =
        type(java.util.Random.class)
            .or(type(java.util.SplittableRandom.class))
            .or(type(java.util.UUID.class))
            .or(type(java.security.SecureRandom.class))
            .or(type(java.time.Clock.class))
            .or(type(Thread.class))
            .or(resideInAPackage("java.util.random"))
            .as("random, UUID, Clock or Thread");
    noClasses()
        .that()
        .resideInAPackage("dev.millrace.engine..")
        .should()
        .dependOnClassesThat(chanceOrThread)
        .orShould()
        .accessTargetWhere(describe("the clock or chance is read", CoreArchitectureTest::isAmbient))
        .check(TOPOLOGY);
  }

  private static boolean isAmbient(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String name = access.getTarget().getName();
    return (owner.startsWith("java.time.") && name.equals("now"))
        || (owner.equals("java.lang.System")
            && Set.of("currentTimeMillis", "nanoTime", "getenv", "getProperty").contains(name))
        || (owner.equals("java.lang.Math") && name.equals("random"));
  }

  @Test
  void onlyApplySetsTheFieldsOfAState() {
    fields()
        .that()
        .areDeclaredIn(ExecutionState.class)
        .and()
        .areNotFinal()
        .should(
            new ArchCondition<>("be set by apply only") {
              @Override
              public void check(JavaField field, ConditionEvents events) {
                for (JavaFieldAccess access : field.getAccessesToSelf()) {
                  if (access.getAccessType() == JavaFieldAccess.AccessType.SET) {
                    report(access, events);
                  }
                }
              }
            })
        .check(TOPOLOGY);
  }

  @Test
  void onlyApplyChangesTheQueueAndTheCollectionsOfAState() {
    methods()
        .that()
        .areDeclaredIn(WorkQueue.class)
        .and(
            DescribedPredicate.<JavaMethod>describe(
                "change it", method -> QUEUE_CHANGES.contains(method.getName())))
        .should(
            new ArchCondition<>("be called by apply only") {
              @Override
              public void check(JavaMethod method, ConditionEvents events) {
                method.getAccessesToSelf().stream()
                    .filter(access -> !access.getOriginOwner().isEquivalentTo(WorkQueue.class))
                    .forEach(access -> report(access, events));
              }
            })
        .check(TOPOLOGY);
    methods()
        .that()
        .areDeclaredIn(ExecutionState.class)
        .should(
            new ArchCondition<>("change collections within apply only") {
              @Override
              public void check(JavaMethod method, ConditionEvents events) {
                method.getMethodCallsFromSelf().stream()
                    .filter(call ->
                        call.getTargetOwner().getPackageName().equals("java.util")
                            && COLLECTION_CHANGES.contains(call.getTarget().getName()))
                    .forEach(call -> report(call, events));
              }
            })
        .check(TOPOLOGY);
  }

  @Test
  void whatApplyConsistsOfIsCalledByApplyOnly() {
    methods()
        .that()
        .areDeclaredIn(ExecutionState.class)
        .and(
            DescribedPredicate.<JavaMethod>describe(
                "are part of apply",
                method -> APPLIES.contains(method.getName()) && !method.getName().equals("apply")))
        .should()
        .bePrivate()
        .andShould(
            new ArchCondition<>("be called by apply only") {
              @Override
              public void check(JavaMethod method, ConditionEvents events) {
                method.getAccessesToSelf().forEach(access -> report(access, events));
              }
            })
        .check(TOPOLOGY);
  }

  private static void report(JavaAccess<?> access, ConditionEvents events) {
    JavaCodeUnit origin = access.getOrigin();
    boolean allowed =
        origin.getOwner().isEquivalentTo(ExecutionState.class)
            && (APPLIES.contains(origin.getName()) || origin.getName().startsWith("lambda$"));
    events.add(new SimpleConditionEvent(access, allowed, access.getDescription()));
  }

  @Test
  void whatIsHandedAroundIsARecord() {
    for (Class<?> message : List.of(Event.class, Command.class, Effect.class)) {
      classes()
          .that()
          .areAssignableTo(message)
          .and()
          .areNotInterfaces()
          .should()
          .beRecords()
          .check(TOPOLOGY);
    }
  }

  @Test
  void schemasKnowNothingOfTheOthers() {
    JavaClasses schemas = code(Item.class);
    noClasses()
        .that()
        .resideInAPackage("dev.millrace..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.millrace.node..",
            "dev.millrace.nodes..",
            "dev.millrace.expression..",
            "dev.millrace.parameter..",
            "dev.millrace.store..",
            "dev.millrace.engine..",
            "dev.millrace.topology..",
            "dev.millrace.ingress..",
            "dev.millrace.standalone..")
        .check(schemas);
    classes()
        .that()
        .resideInAPackage("dev.millrace.avro..")
        .and()
        .areTopLevelClasses()
        .should()
        .beAssignableTo(org.apache.avro.specific.SpecificRecord.class)
        .check(schemas);
  }
}
