import { describeConformance } from '../conformance/conformance.ts';
import { motoSubject } from '../conformance/motoSubject.ts';
import { deviations } from './deviations.ts';
import { motoEndpoint } from './moto.ts';

describeConformance(motoSubject(motoEndpoint(), deviations));
