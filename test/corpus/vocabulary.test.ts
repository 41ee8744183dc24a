import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { generalisePostcode } from '../../src/blackbox/generalise.ts';
import { loadCodeLists, loadFeeds, loadPostcodes } from '../../src/feeds/load.ts';
import { describeSets, readRows, readSet } from './support/shared-data.ts';

const config = join(import.meta.dirname, '../../config');

describeSets(['uk-core-codesystems'], 'code lists beside the code systems of UK Core', () => {
  /** Our list, the code system it is taken from, and what it holds beyond it and says so. */
  it.each([
    ['admission-method', 'UKCore-AdmissionMethodEngland', []],
    ['discharge-destination', 'UKCore-DischargeDestinationEngland', []],
    ['discharge-method', 'UKCore-DischargeMethodEngland', ['2']],
    ['ethnic-category', 'UKCore-EthnicCategoryEngland', []],
    ['legal-status-classification', 'UKCore-LegalStatusClassificationEngland', []],
    ['nhs-number-status', 'UKCore-NHSNumberVerificationStatusEngland', ['91']],
    ['outcome-of-attendance', 'UKCore-OutcomeOfAttendanceEngland', []],
    ['person-stated-gender', 'NHSDataModelAndDictionary-PersonStatedGenderCode', []],
    ['source-of-admission', 'UKCore-SourceOfAdmissionEngland', []],
  ])('%s holds exactly the codes of %s, and %j', async (id, system, more) => {
    const xml = readSet('uk-core-codesystems', `CodeSystem-${system}.xml`).toString('utf8');
    const codes = [...xml.matchAll(/<concept>\s*<code value="([^"]+)"/g)].map((match) => match[1] as string);
    const list = (await loadCodeLists(config)).get(id);
    expect(codes.length).toBeGreaterThan(2);
    expect([...(list?.meanings.keys() ?? [])].sort()).toEqual([...codes, ...more].sort());
  });
});

describeSets(['asc-cld-vocabulary'], 'adult social care beside the words councils use', () => {
  const literals = (): string[] => readRows('asc-cld-vocabulary', 'cld_string_literals_in_public_sql.csv').map((row) => row.literal ?? '');

  it('has a column for every column of a submission that the transformations read', async () => {
    const known = new Set((await loadFeeds(config)).get('asc-cld')?.columns.map(({ name }) => name));
    const read = readRows('asc-cld-vocabulary', 'cld_identifiers_in_public_sql.csv').map((row) => row.identifier);
    const submitted = `LA_Code Client_Type Primary_Support_Reason Event_Type Event_Start_Date Event_End_Date Event_Outcome Service_Type
      Service_Component Delivery_Mechanism Accommodation_Status Has_Unpaid_Carer Employment_Status Request_Route_of_Access Date_of_Death
      Reporting_Period_Start_Date Reporting_Period_End_Date`.split(/\s+/);
    expect(submitted.filter((name) => !read.includes(name))).toEqual([]);
    expect(submitted.filter((name) => !known.has(name))).toEqual([]);
  });

  it('finds every value of a submission in its list, however it is punctuated; what is left are labels of the statistics', async () => {
    const lists = [...(await loadCodeLists(config)).values()].filter(({ id }) => id.startsWith('cld-'));
    const found = (literal: string): boolean => lists.some((list) => list.has(literal));
    const family =
      /^(NFA ?- |Progress to |Long Term Support: |Short Term Support: |Carer Support: |Physical Support: |Sensory Support: |Social Support: |Paid: |Not in Paid|Tenant|Owner|Registered|Service Ended|Admitted to|CASSR \w+ (Personal Budget|Support)$|Settled|Supported acc|Shared Lives|Approved premises|Sheltered|Mobile acc|Rough|Night shelter|Placed in|Staying with|Acute)/i;
    const claimed = literals().filter((literal) => family.test(literal));
    console.log(
      `asc-cld-vocabulary: ${literals().filter(found).length} of ${literals().length} literals are in a list; ${claimed.length} belong to a submission`,
    );
    expect(claimed.length).toBeGreaterThan(60);
    expect(claimed.filter((literal) => !found(literal))).toEqual([]);
  });

  it.each([
    ['cld-event-outcome', 'NFA - Support ended: Other reason', 'NFA - Support ended – other reason'],
    ['cld-event-outcome', 'NFA - 100% NHS funded care', 'NFA - 100% NHS-funded care'],
    ['cld-event-outcome', 'Service Ended As Planned', 'Service ended as planned'],
    ['cld-delivery-mechanism', 'CASSR Commissioned Support', 'CASSR Commissioned support'],
  ])('reads two spellings in %s as one value: %s, %s', async (id, one, other) => {
    const list = (await loadCodeLists(config)).get(id);
    expect(literals()).toEqual(expect.arrayContaining([one, other]));
    expect(list?.find(one)).toBeDefined();
    expect(list?.find(other)).toBe(list?.find(one));
  });
});

describeSets(['emis-raw-extract-sample'], 'GP feeds beside the dictionary of an EMIS extract', () => {
  /** Name in the dictionary = name in the older extract specification that our feeds follow. */
  it.each([
    [
      'patient',
      'gp-patients',
      'is_deleted=Deleted patient_id=PatientGuid nhs_number=NhsNumber date_of_birth=DateOfBirth date_of_death=DateOfDeath sex=Sex residential_institute_code=ResidentialInstituteCode registration_start_datetime=DateOfRegistration registration_end_datetime=DateofDeactivation organisation=OrganisationGuid',
    ],
    [
      'observation',
      'gp-coded-records',
      'is_deleted=Deleted observation_id=ObservationGuid patient_id=PatientGuid effective_datetime=EffectiveDate code_id=CodeId snomed_concept_id=SnomedCTConceptId numeric_operator=NumericOperator numeric_value=Value numeric_unit=NumericUnit range_minimum=NumericRangeLow range_maximum=NumericRangeHigh episodicity=Episode consultation_id=ConsultationGuid observation_type_description=ObservationType parent_observation_id=ParentObservationGuid problem_observation_id=ProblemGuid organisation=OrganisationGuid',
    ],
    [
      'medication_issue_record',
      'gp-prescribing',
      'is_deleted=Deleted issue_record_id=IssueRecordGuid drug_record_id=DrugRecordGuid patient_id=PatientGuid code_id=CodeId dosage=Dosage course_duration_in_days=CourseDurationInDays effective_datetime=EffectiveDate prescription_type_description=PrescriptionType estimated_nhs_cost=EstimatedNhsCost quantity=Quantity quantity_unit=QuantityUnit dmd_product_code_id=DmdProductCodeId organisation=OrganisationGuid',
    ],
  ])('%s: every counterpart is a column of %s', async (table, feedId, pairs) => {
    const dictionary = readRows('emis-raw-extract-sample', 'raw_emis_csv', `${table}.csv`).map((row) => row.Column);
    const columns = (await loadFeeds(config)).get(feedId)?.columns.map(({ name }) => name);
    const counterparts = pairs.split(' ').map((pair) => pair.split('=') as [string, string]);
    expect(counterparts.filter(([theirs]) => !dictionary.includes(theirs))).toEqual([]);
    expect(counterparts.filter(([, ours]) => !columns?.includes(ours))).toEqual([]);
    const without = dictionary.filter((name) => !counterparts.some(([theirs]) => theirs === name));
    console.log(
      `emis-raw-extract-sample ${table}: ${counterparts.length} of ${dictionary.length} columns have a counterpart; not: ${without.join(' ')}`,
    );
  });
});

describeSets(['geo-reference-essex'], 'areas beside the lower layer areas of Essex', () => {
  const areas = (): Map<string, string> =>
    new Map(readRows('geo-reference-essex', 'essex_lsoa11_imd2019.csv').map((row) => [row.lsoa11_code ?? '', row.lad_name ?? '']));

  it('points every example postcode at an area of Southend-on-Sea in the vintage of 2011', async () => {
    const known = areas();
    const postcodes = [...(await loadPostcodes(config)).values()];
    expect(postcodes.length).toBeGreaterThan(50);
    expect(postcodes.filter(({ lsoa }) => known.get(lsoa) !== 'Southend-on-Sea')).toEqual([]);
  });

  it('finds the area of every live postcode of a directory that is put in its folder, and none for a pseudo postcode', async () => {
    const rows = readRows('geo-reference-essex', 'gp_practice_postcode_lsoa_imd2019_SS_CM_RM_CO_IG.csv');
    const folder = await mkdtemp(join(tmpdir(), 'haven-geography-'));
    try {
      await mkdir(join(folder, 'geography'));
      const lines = rows.map((row) => `"${row.Postcode}","${row['LSOA code']}",`);
      await writeFile(join(folder, 'geography/directory.csv'), ['pcds,lsoa11,osward', ...lines, '"ZZ99 3VZ","E01015814",'].join('\r\n'));
      const lookup = await loadPostcodes(folder);
      const live = rows.filter((row) => /^E01\d{6}$/.test(row['LSOA code'] ?? ''));
      console.log(`geo-reference-essex: ${live.length} of ${rows.length} postcodes have an area`);
      for (const row of live) {
        const place = generalisePostcode((row.Postcode ?? '').toLowerCase(), lookup);
        expect(place.lsoa).toBe(row['LSOA code']);
        expect((row.Postcode ?? '').startsWith(place.sector)).toBe(true);
      }
      expect(generalisePostcode('ZZ99 3VZ', lookup)).toEqual({ sector: '', lsoa: '', ward: '' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
