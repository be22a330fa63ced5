/** Names, in the order of the alphabet of the server's manual: those that are known to read and no others. */
const words = (text: string): string[] => text.trim().split(/\s+/);

/** Stages that only read (MongoDB manual, "Aggregation Stages"). What a stage is given is looked into besides. */
export const READING_STAGES: ReadonlySet<string> = new Set(
  words(`
  $addFields $bucket $bucketAuto $collStats $count $currentOp $densify $documents $facet $fill $geoNear $graphLookup
  $group $indexStats $limit $listLocalSessions $listSampledQueries $listSearchIndexes $listSessions $lookup $match
  $planCacheStats $project $querySettings $queryStats $rankFusion $redact $replaceRoot $replaceWith $sample $scoreFusion
  $search $searchMeta $set $setWindowFields $shardedDataDistribution $skip $sort $sortByCount $unionWith $unset $unwind
  $vectorSearch`),
);

/** Stages that write what the pipeline gives into a collection. */
export const WRITING_STAGES: ReadonlySet<string> = new Set(['$merge', '$out']);

/** Operators by which the server runs JavaScript. */
export const CODE_OPERATORS: ReadonlySet<string> = new Set(['$accumulator', '$function', '$where']);

/** Operators of filters and projections (MongoDB manual, "Query and Projection Operators"), and the fields of a DBRef. */
const QUERY = words(`
  $all $alwaysFalse $alwaysTrue $and $bitsAllClear $bitsAllSet $bitsAnyClear $bitsAnySet $box $caseSensitive $center
  $centerSphere $comment $diacriticSensitive $elemMatch $eq $exists $expr $geoIntersects $geoWithin $geometry $gt $gte
  $in $jsonSchema $language $lt $lte $maxDistance $meta $minDistance $mod $natural $ne $near $nearSphere $nin $nor $not
  $options $or $polygon $rand $regex $sampleRate $search $size $slice $text $type $uniqueDocs
  $ref $id $db`);

/** Operators of expressions, accumulators and windows (MongoDB manual, "Aggregation Operators"). */
const EXPRESSION = words(`
  $abs $acos $acosh $add $addToSet $allElementsTrue $and $anyElementTrue $arrayElemAt $arrayToObject $asin $asinh $atan
  $atan2 $atanh $avg $binarySize $bitAnd $bitNot $bitOr $bitXor $bottom $bottomN $bsonSize $ceil $cmp $concat
  $concatArrays $cond $convert $cos $cosh $count $covariancePop $covarianceSamp $createObjectId $dateAdd $dateDiff
  $dateFromParts $dateFromString $dateSubtract $dateToParts $dateToString $dateTrunc $dayOfMonth $dayOfWeek $dayOfYear
  $degreesToRadians $denseRank $derivative $divide $documentNumber $eq $exp $expMovingAvg $filter $first $firstN $floor
  $getField $gt $gte $hash $hexHash $hour $ifNull $in $indexOfArray $indexOfBytes $indexOfCP $integral $isArray
  $isNumber $isoDayOfWeek $isoWeek $isoWeekYear $last $lastN $let $linearFill $literal $ln $locf $log $log10 $lt $lte
  $ltrim $map $max $maxN $median $mergeObjects $meta $millisecond $min $minMaxScaler $minN $minute $mod $month
  $multiply $ne $not $objectToArray $or $percentile $pow $push $radiansToDegrees $rand $range $rank $reduce $regexFind
  $regexFindAll $regexMatch $replaceAll $replaceOne $reverseArray $round $rtrim $sampleRate $score $second
  $serializeEJSON $deserializeEJSON $setDifference $setEquals $setField $setIntersection $setIsSubset $setUnion $shift
  $sigmoid $sin $sinh $size $slice $sortArray $split $sqrt $stdDevPop $stdDevSamp $strLenBytes $strLenCP $strcasecmp
  $substr $substrBytes $substrCP $subtract $sum $switch $tan $tanh $toBool $toDate $toDecimal $toDouble $toHashedIndexKey
  $toInt $toLong $toLower $toObjectId $toString $toUUID $toUpper $top $topN $trim $trunc $tsIncrement $tsSecond $type
  $unsetField $week $year $zip`);

/** Operators that read, wherever they stand. */
export const READING_OPERATORS: ReadonlySet<string> = new Set([...QUERY, ...EXPRESSION]);

/** Operators of an update, which only an update has (MongoDB manual, "Update Operators"). */
export const UPDATE_OPERATORS: ReadonlySet<string> = new Set(
  words(`
  $addToSet $bit $currentDate $each $inc $max $min $mul $pop $position $pull $pullAll $push $rename $set $setOnInsert
  $slice $sort $unset`),
);
