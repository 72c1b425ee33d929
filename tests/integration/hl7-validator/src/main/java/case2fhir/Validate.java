package case2fhir;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import ca.uhn.fhir.validation.ValidationOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.BaseValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.utilities.npm.NpmPackage;

/**
 * Checks many files with HL7's validation engine, offline.
 *
 * <pre>java -jar hl7-validator.jar [--packages FOLDER] [--profile URL]... [--all] 4.0|5.0 FILE|FOLDER... [4.0|5.0 FILE...]</pre>
 *
 * Prints one line for each error and warning (with --all also for each information): severity,
 * file, location, message id, message, parted by tabs; then a summary. Exit code 1 when a file
 * has an error, 2 when the call is wrong. Code systems that are too large to travel along (SNOMED
 * CT, LOINC, ICD-10-CM, HPO, RxNorm) are unknown here, which is a warning. `--packages` names a
 * folder of FHIR packages (.tgz); those of the version are loaded.
 */
public final class Validate {
  private static final Map<String, FhirContext> CONTEXTS =
      Map.of("4.0", FhirContext.forR4Cached(), "5.0", FhirContext.forR5Cached());
  private static final Set<String> DEFINITIONS =
      Set.of("StructureDefinition", "ValueSet", "CodeSystem", "NamingSystem", "SearchParameter");

  private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
  private final Map<ResultSeverityEnum, Integer> counts = new EnumMap<>(ResultSeverityEnum.class);
  private final List<String> profiles = new ArrayList<>();
  private Path packages;
  private boolean all;
  private int files;
  private int invalid;

  public static void main(String[] arguments) throws IOException {
    System.exit(new Validate().run(arguments));
  }

  private int run(String[] arguments) throws IOException {
    FhirValidator validator = null;
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      if (argument.equals("--packages")) {
        packages = Path.of(arguments[++i]);
      } else if (argument.equals("--profile")) {
        profiles.add(arguments[++i]);
      } else if (argument.equals("--all")) {
        all = true;
      } else if (CONTEXTS.containsKey(argument)) {
        validator = validator(argument);
      } else if (validator == null) {
        System.err.println("which FHIR version? 4.0 or 5.0 comes before the files");
        return 2;
      } else {
        for (Path file : files(Path.of(argument))) {
          check(validator, file);
        }
      }
    }
    out.printf(
        "summary: %d files, %d invalid, %d errors, %d warnings%n",
        files,
        invalid,
        count(ResultSeverityEnum.ERROR) + count(ResultSeverityEnum.FATAL),
        count(ResultSeverityEnum.WARNING));
    out.flush();
    return invalid > 0 ? 1 : 0;
  }

  private int count(ResultSeverityEnum severity) {
    return counts.getOrDefault(severity, 0);
  }

  private static List<Path> files(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> found = Files.list(path)) {
      return found
          .filter(p -> p.toString().endsWith(".json") && !p.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    }
  }

  private void check(FhirValidator validator, Path file) throws IOException {
    files++;
    ValidationOptions options = new ValidationOptions();
    profiles.forEach(options::addProfile);
    boolean wrong = false;
    for (SingleValidationMessage m :
        validator.validateWithResult(Files.readString(file), options).getMessages()) {
      ResultSeverityEnum severity = m.getSeverity();
      counts.merge(severity, 1, Integer::sum);
      wrong |= severity == ResultSeverityEnum.ERROR || severity == ResultSeverityEnum.FATAL;
      if (all || severity != ResultSeverityEnum.INFORMATION) {
        line(
            severity.getCode(),
            file.toString(),
            m.getLocationString(),
            m.getMessageId(),
            m.getMessage());
      }
    }
    invalid += wrong ? 1 : 0;
    out.flush();
  }

  private void line(String... cells) {
    for (int i = 0; i < cells.length; i++) {
      cells[i] = cells[i] == null ? "" : cells[i].replaceAll("\\s+", " ").strip();
    }
    out.println(String.join("\t", cells));
  }

  private FhirValidator validator(String version) throws IOException {
    FhirContext context = CONTEXTS.get(version);
    UnknownCodeSystemWarningValidationSupport unknown =
        new UnknownCodeSystemWarningValidationSupport(context);
    unknown.setNonExistentCodeSystemSeverity(IValidationSupport.IssueSeverity.WARNING);
    List<IValidationSupport> chain = new ArrayList<>();
    if (packages != null) {
      chain.add(loadPackages(context, version));
    }
    DefaultProfileValidationSupport core = new DefaultProfileValidationSupport(context);
    chain.add(core);
    chain.add(new Pinned(context, core));
    chain.add(new CommonCodeSystemsTerminologyService(context));
    chain.add(new InMemoryTerminologyServerValidationSupport(context));
    chain.add(new SnapshotGeneratingValidationSupport(context));
    chain.add(unknown);
    FhirInstanceValidator module =
        new FhirInstanceValidator(
            new ValidationSupportChain(chain.toArray(new IValidationSupport[0])));
    module.setAnyExtensionsAllowed(true);
    module.setErrorForUnknownProfiles(true);
    return context.newValidator().registerValidatorModule(module);
  }

  /** Finds the core's definitions also by a URL that names their version (`...|4.0.1`). */
  private static final class Pinned extends BaseValidationSupport {
    private final IValidationSupport core;

    Pinned(FhirContext context, IValidationSupport core) {
      super(context);
      this.core = core;
    }

    @Override
    public IBaseResource fetchStructureDefinition(String url) {
      int bar = url.indexOf('|');
      if (bar < 0) {
        return null;
      }
      IBaseResource found = core.fetchStructureDefinition(url.substring(0, bar));
      String version =
          found == null ? null : getFhirContext().newTerser().getSinglePrimitiveValueOrNull(found, "version");
      return url.substring(bar + 1).equals(version) ? found : null;
    }

    @Override
    public <T extends IBaseResource> T fetchResource(Class<T> type, String url) {
      if (!type.getSimpleName().equals("StructureDefinition")) {
        return null;
      }
      return type.cast(fetchStructureDefinition(url));
    }
  }

  /** The definitions of all packages of the folder that are made for this FHIR version. */
  private PrePopulatedValidationSupport loadPackages(FhirContext context, String version)
      throws IOException {
    PrePopulatedValidationSupport support = new PrePopulatedValidationSupport(context);
    try (Stream<Path> found = Files.list(packages)) {
      for (Path path : found.filter(p -> p.toString().endsWith(".tgz")).sorted().toList()) {
        NpmPackage npm;
        try (InputStream in = Files.newInputStream(path)) {
          npm = NpmPackage.fromPackage(in);
        }
        if (!npm.fhirVersion().startsWith(version)) {
          continue;
        }
        for (String name : npm.listResources(DEFINITIONS)) {
          try (InputStream in = npm.loadResource(name)) {
            IBaseResource resource = context.newJsonParser().parseResource(in);
            support.addResource(resource);
          }
        }
      }
    }
    return support;
  }
}
