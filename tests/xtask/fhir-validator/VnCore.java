import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.CanonicalType;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Condition;
import org.hl7.fhir.r4.model.ElementDefinition;
import org.hl7.fhir.r4.model.Enumerations.PublicationStatus;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StructureDefinition;
import org.hl7.fhir.r4.model.ValueSet;

/**
 * Holds every JSON resource of a folder against the profile that VN Core's edition of 2021 has for it, offline. What
 * differs must stand in the tables of a document ({@code | `profile` | `element` | why |}). Arguments: the folder of
 * resources, that of VN Core's definitions, that of the International Patient Summary's, the document. Exit code 1 when
 * something differs that the document does not tell.
 */
public class VnCore {
  private static final String R4 = "http://hl7.org/fhir/StructureDefinition/";
  private static final String CORE = "http://fhir.ehealth.gov.vn/core/StructureDefinition/";
  private static final String IPS = "http://hl7.org/fhir/uv/ips/StructureDefinition/";

  /** The numbers of 0.6 as those of 2021, so that the rules of their slices are tried. */
  private static final Map<String, String> OLDER =
      Map.of(
          "http://fhir.hl7.org.vn/core/sid/cccd", "http://fhir.ehealth.gov.vn/core/sid/national_id",
          "http://fhir.hl7.org.vn/core/sid/bhyt", "http://fhir.ehealth.gov.vn/core/sid/insurance_number");

  /** Messages that name the element which stands too seldom or too often, or the slice that is not there. */
  private static final Pattern NAMED = Pattern.compile("^(?:Slice ')?[A-Z][A-Za-z]+\\.([A-Za-z\\[\\].:_-]+?)'?: ");

  private static final Pattern SLICE = Pattern.compile(" for slice [A-Z][A-Za-z]+\\.([A-Za-z.:_-]+) ");

  /** Slices that cannot be made: of an element that stands once, and of one that is not said how to be sliced. */
  private static final Pattern UNFIT_SLICES =
      Pattern.compile("^Immunization\\.(vaccineCode|protocolApplied\\.targetDisease)(:|$)");

  private final FhirContext context = FhirContext.forR4();
  private final PrePopulatedValidationSupport definitions = new PrePopulatedValidationSupport(context);
  private final Map<String, StructureDefinition> profiles = new HashMap<>();

  public static void main(String[] arguments) throws Exception {
    VnCore check = new VnCore();
    check.load(Path.of(arguments[1]), Path.of(arguments[2]));
    System.exit(check.hold(Path.of(arguments[0]), told(Path.of(arguments[3]))) ? 0 : 1);
  }

  private static List<Path> files(Path folder, String start, String end) throws IOException {
    try (var listed = Files.list(folder)) {
      return listed
          .filter(file -> file.getFileName().toString().startsWith(start) && file.toString().endsWith(end))
          .sorted()
          .toList();
    }
  }

  private void load(Path core, Path ips) throws IOException {
    for (Path file : files(ips, "", "-uv-ips.json")) {
      add(context.newJsonParser().parseResource(Files.readString(file)));
    }
    for (Path file : files(core, "StructureDefinition", ".xml")) {
      add(context.newXmlParser().parseResource(Files.readString(file)));
    }
    profiles.values().forEach(this::mend);
    listedCodes();
  }

  private void add(IBaseResource definition) {
    definitions.addResource(definition);
    if (definition instanceof StructureDefinition profile) {
      profiles.put(profile.getUrl(), profile);
    }
  }

  /**
   * Makes definitions of which a snapshot can be built. VN Core stands on the first edition of the International Patient
   * Summary, and that one on nothing that is at hand; here it is put on the second.
   */
  private void mend(StructureDefinition profile) {
    if (profile.getUrl().equals(CORE + "extension-race")) {
      // Whose people somebody is of changes the meaning of nothing, and Patient has it as a plain extension.
      profile.getDifferential().getElement().forEach(element -> element.setIsModifierElement(null));
    }
    if (!profile.getBaseDefinition().startsWith(R4) && !profiles.containsKey(profile.getBaseDefinition())) {
      // Observation-results-uv-ips is no more.
      profile.setBaseDefinition(R4 + profile.getType());
    }
    for (List<ElementDefinition> elements :
        List.of(profile.getDifferential().getElement(), profile.getSnapshot().getElement())) {
      elements.removeIf(
          element -> profile.getUrl().startsWith(CORE) && UNFIT_SLICES.matcher(element.getId()).find());
      // Extensions of a package that is not at hand; nothing at hand writes them.
      elements.removeIf(
          element ->
              element.getType().stream()
                  .filter(type -> type.getCode().equals("Extension"))
                  .flatMap(type -> type.getProfile().stream())
                  .anyMatch(extension -> !isHere(extension)));
      for (ElementDefinition element : elements) {
        element.getType().forEach(type -> type.getProfile().removeIf(named -> !isHere(named)));
      }
    }
  }

  private boolean isHere(CanonicalType named) {
    String url = named.getValue().replaceAll("\\|.*", "");
    return profiles.containsKey(url)
        || new DefaultProfileValidationSupport(context).fetchStructureDefinition(url) != null;
  }

  /** SNOMED CT, LOINC and others are not shipped: of each, the codes that the value sets list are taken for known. */
  private void listedCodes() {
    Map<String, CodeSystem> systems = new TreeMap<>();
    Set<String> seen = new TreeSet<>();
    for (IBaseResource resource : List.copyOf(definitions.fetchAllConformanceResources())) {
      if (resource instanceof ValueSet set) {
        for (var part : set.getCompose().getInclude()) {
          String system = part.getSystem();
          boolean known =
              system == null
                  || system.startsWith("http://terminology.hl7.org/")
                  || system.startsWith("http://hl7.org/fhir/");
          for (var concept : part.getConcept()) {
            if (!known && seen.add(system + "|" + concept.getCode())) {
              systems.computeIfAbsent(system, VnCore::fragment).addConcept().setCode(concept.getCode());
            }
          }
        }
      }
    }
    systems.values().forEach(definitions::addCodeSystem);
  }

  private static CodeSystem fragment(String url) {
    CodeSystem system = new CodeSystem();
    system.setUrl(url).setStatus(PublicationStatus.ACTIVE);
    return system.setContent(CodeSystem.CodeSystemContentMode.FRAGMENT);
  }

  /** R4's own definitions, also where they are asked for with their version. */
  private static class Versioned extends DefaultProfileValidationSupport {
    Versioned(FhirContext context) {
      super(context);
    }

    private static String plain(String url) {
      return url != null && url.startsWith("http://hl7.org/fhir/") ? url.replaceAll("\\|4\\.0\\.1$", "") : url;
    }

    @Override
    public IBaseResource fetchStructureDefinition(String url) {
      return super.fetchStructureDefinition(plain(url));
    }

    @Override
    public <T extends IBaseResource> T fetchResource(Class<T> type, String url) {
      return super.fetchResource(type, plain(url));
    }
  }

  private FhirValidator validator() {
    FhirInstanceValidator instances =
        new FhirInstanceValidator(
            new ValidationSupportChain(
                definitions,
                new Versioned(context),
                new CommonCodeSystemsTerminologyService(context),
                new InMemoryTerminologyServerValidationSupport(context),
                new SnapshotGeneratingValidationSupport(context),
                new UnknownCodeSystemWarningValidationSupport(context)));
    instances.setErrorForUnknownProfiles(true);
    instances.setAnyExtensionsAllowed(true);
    FhirValidator validator = context.newValidator();
    validator.registerValidatorModule(instances);
    return validator;
  }

  /** Rows of the tables: {@code profile element}. */
  private static Set<String> told(Path document) throws IOException {
    Set<String> rows = new TreeSet<>();
    for (String line : Files.readAllLines(document)) {
      Matcher row = Pattern.compile("^\\| `([^`]+)` \\| `([^`]+)` \\|.*").matcher(line);
      if (row.matches()) {
        rows.add(row.group(1) + " " + row.group(2));
      }
    }
    return rows;
  }

  private boolean hold(Path folder, Set<String> told) throws IOException {
    FhirValidator validator = validator();
    Map<String, Integer> held = new TreeMap<>();
    Map<String, String> untold = new TreeMap<>();
    Set<String> seen = new TreeSet<>();
    for (Path file : files(folder, "", ".json")) {
      String json = Files.readString(file);
      for (var older : OLDER.entrySet()) {
        json = json.replace('"' + older.getKey() + '"', '"' + older.getValue() + '"');
      }
      Resource resource = (Resource) context.newJsonParser().parseResource(json);
      String name = profileOf(resource);
      if (name == null) {
        continue;
      }
      held.merge(name, 1, Integer::sum);
      resource.getMeta().addProfile(CORE + name);
      String claimed = context.newJsonParser().encodeResourceToString(resource);
      for (SingleValidationMessage message : validator.validateWithResult(claimed).getMessages()) {
        if (message.getSeverity().ordinal() >= ResultSeverityEnum.ERROR.ordinal()) {
          String element = element(message);
          String row = rowOf(name, element, told);
          if (row == null) {
            untold.putIfAbsent(name + " " + element, file.getFileName() + ": " + message.getMessage());
          } else {
            seen.add(row);
          }
        }
      }
    }
    System.out.println(held);
    untold.forEach((what, why) -> System.out.println(what + ": " + why));
    System.out.println(seen.size() + " differences that are told of, " + untold.size() + " that are not");
    return untold.isEmpty() && !held.isEmpty();
  }

  /** The element that a message is about, without the type: {@code identifier:TheBHYT}. */
  private static String element(SingleValidationMessage message) {
    Matcher named = NAMED.matcher(message.getMessage());
    Matcher slice = SLICE.matcher(message.getMessage());
    String at = message.getLocationString() == null ? "" : message.getLocationString();
    at = at.replaceAll("\\[[0-9]+\\]|/\\*[^*]*\\*/|\\.ofType\\([A-Za-z]+\\)", "").replaceFirst("^[A-Za-z]+\\.?", "");
    return named.find() ? named.group(1) : slice.find() ? slice.group(1) : at;
  }

  /** The row that tells of it: of the profile or of what it stands on, and of the element or of what holds it. */
  private String rowOf(String profile, String element, Set<String> told) {
    String base = profiles.get(CORE + profile).getBaseDefinition();
    List<String> names = new ArrayList<>(List.of(profile));
    if (base.startsWith(IPS)) {
      names.add(base.substring(IPS.length()));
    } else if (base.startsWith(CORE)) {
      names.add(base.substring(CORE.length()));
    }
    for (String name : names) {
      for (String part = element; ; part = part.substring(0, part.lastIndexOf('.'))) {
        if (told.contains(name + " " + part)) {
          return name + " " + part;
        }
        if (!part.contains(".")) {
          break;
        }
      }
    }
    return null;
  }

  private static boolean is(List<CodeableConcept> categories, String code) {
    return categories.stream().anyMatch(each -> code.equals(each.getCodingFirstRep().getCode()));
  }

  /** The profile that is for a resource; null for a type that the edition has none for. */
  private static String profileOf(Resource resource) {
    return switch (resource.fhirType()) {
      case "Patient" -> "vn-core-patient";
      case "Encounter" -> "vn-core-encounter";
      case "Condition" ->
          is(((Condition) resource).getCategory(), "encounter-diagnosis")
              ? "vn-core-condition-encounter-diagnosis"
              : "vn-core-condition-problemlist";
      case "MedicationRequest" -> "vn-core-medication-request";
      case "MedicationStatement" -> "vn-core-medication-statement";
      case "Observation" ->
          is(((Observation) resource).getCategory(), "laboratory")
              ? "vn-core-observation-lab-code"
              : "vn-core-obervation-result-base";
      case "AllergyIntolerance" -> "vn-core-allergy-intolerance";
      case "Immunization" -> "vn-core-immunization";
      case "Procedure" -> "vn-core-procedure";
      case "DiagnosticReport" -> "vn-core-diagnostic-report";
      case "ServiceRequest" -> "vn-core-service-request";
      case "FamilyMemberHistory" -> "vn-core-familymember-history";
      default -> null;
    };
  }
}
