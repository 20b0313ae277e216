package dev.millrace.control;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The walls between the packages of the control plane. */
final class ControlArchitectureTest {
  private static final String CONTROL = "dev.millrace.control..";

  private final JavaClasses code =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
          .importPackages("dev.millrace.control");

  @Test
  void onlyTheHttpPackageKnowsTheServer() {
    noClasses()
        .that()
        .resideInAPackage(CONTROL)
        .and()
        .resideOutsideOfPackage("dev.millrace.control.http..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.helidon..")
        .because("an endpoint that is served by another way has not said who may call it")
        .check(code);
  }

  @Test
  void theHttpPackageKnowsNoService() {
    noClasses()
        .that()
        .resideInAPackage("dev.millrace.control.http..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("dev.millrace.control..")
                .and(
                    resideOutsideOfPackages(
                        "dev.millrace.control.http..", "dev.millrace.control.access..")))
        .check(code);
  }

  @Test
  void servicesDoNotKnowEachOtherInCircles() {
    slices().matching("dev.millrace.control.(*)..").should().beFreeOfCycles().check(code);
  }
}
